"""The page's sentences in English; `korean.py` has the same keys with the same values in them."""

from pipeline.inspect.english_network import NETWORK

__all__ = ["TEXT"]

TEXT = {
    **NETWORK,
    "title": "Your photos",
    "looked_at": "{given}: {files:# file|# files} read in {seconds} s, {rate} a second",
    "settings_default": "Settings: the defaults of python -m pipeline.train",
    "settings_config": "Settings: those of {name}",
    "settings_run": "Settings: those of the run {name}",
    "settings_figures": (
        "{height}×{width} pixels, {resize}, {batch:# photo|# photos} a batch, {epochs:# epoch|# epochs}, seed {seed}"
    ),
    "progress": "Reading files",
    "progress_jpeg": "Looking for damaged JPEGs",
    "photos": "photos",
    "classes": "classes",
    "broken_files": "unusable files",
    "odd_files": "odd files",
    "copies": "surplus copies",
    "bytes_on_disk": "on disk",
    "all": "all",
    "split_train": "train",
    "split_validation": "validation",
    "split_test": "test",
    "percent": "{figure}\u00a0%",
    "class": "class",
    "label": "label",
    "share": "share",
    "total": "total",
    "file": "file",
    "reason": "why",
    "moved_to": "moved to",
    "and_more": "and {count} more: inspect.json has all of them",
    "section_summary": "At a glance",
    "section_questions": "Questions answered here",
    "section_gallery": "Do the labels look right?",
    "section_classes": "Classes and labels",
    "section_problems": "Unusable and odd files",
    "section_copies": "Copies",
    "section_shapes": "Sizes, shapes, formats",
    "section_stretch": "Stretch, pad or crop",
    "section_augment": "What each augmentation does",
    "section_memory": "Memory and cache",
    "section_steps": "Steps, batches, epochs",
    "section_network": "The network",
    "section_notes": "What was passed over",
    # The questions, by their numbers.
    "q1": "What do batch size, epochs, image size and seed do?",
    "a1": (
        "The computer does not look at all photos at once. It takes {batch} of them (the batch size), learns a little, "
        "and takes the next {batch}. One pass over all photos is an epoch; these settings make {epochs} of them. "
        "Every photo is brought to {height}×{width} pixels first, because the network takes one size only. The seed "
        "({seed}) is where all chance begins: with the same seed, order and augmentation are the same in every run."
    ),
    "q2": "A long photo is squeezed to {height}×{width}: isn't that damaged data?",
    "a2": (
        "Its shape is damaged, yes. Below are the photos of yours that suffer most. “stretch” distorts them, “pad” "
        "keeps the whole photo and puts bars beside it, “crop” keeps the shape and loses the edges. Your most "
        "stretched photo is distorted {worst} times; {many} of your {count:# photo|# photos} {many:is|are} distorted "
        "by more than a quarter. Whether that harms the result is a question for measurement: with the notebook's "
        "network on 1,000 photos (15 epochs, three seeds) stretch reached {accuracy_stretch}, crop {accuracy_crop} and "
        "pad {accuracy_pad} (mean ± standard deviation): the seeds differ more than the shapes do."
    ),
    "q3": "What does each augmentation argument do to my photo?",
    "a3": (
        "Each row below is one argument alone, at its two ends, on a photo of yours. In training all of them are drawn "
        "together, anew for every photo in every epoch: the last picture shows 16 such draws. The file on disk never "
        "changes, and validation photos are left alone."
    ),
    "q4": "Which class is 0?",
    "a4": (
        "Folder names are the classes, and their sorted order is their number: {labels}. The network never sees a "
        "name, only the number."
    ),
    "q5": "Only two kinds? How do I do four?",
    "a5": (
        "Make more folders: the last layer and the loss follow from them, and nothing else has to change. Now it is: "
        "{head}."
    ),
    "a5_one_class": (
        "Make more folders: the last layer and the loss follow from them, and nothing else has to change. Now there is "
        "one class, and a classifier needs two or more."
    ),
    "q7": "Why are validation photos rescaled but never augmented?",
    "a7": (
        "They measure how good the network is. A ruler must not move: they are brought to the same size and scale, and "
        "that is all."
    ),
    "q10": "Are all photos turned into numbers at once?",
    "a10": (
        "No: batch by batch, {batch} at a time. The exception is a memory cache, which keeps every photo as small "
        "whole numbers (uint8, one byte a value), never as decimals (float32, four bytes a value). For your "
        "{count:# photo|# photos} the table shows what each would take."
    ),
    "q11": "What do steps_per_epoch and validation_steps mean; do I need them?",
    "a11": (
        "A step is one batch, so an epoch has as many steps as there are batches: photos divided by batch size, "
        "rounded up. You need not give them: these data sets know how long they are."
    ),
    "q15": "What does rescale do?",
    "a15": (
        "The numbers of a photo run from 0 (black) to 255 (white). rescale multiplies every one of them: with these "
        "settings by {rescale}, so 128 becomes {middle} and 255 becomes {white}. A network learns more easily from "
        "small numbers. Training, validation and prediction need the same factor: otherwise the network is shown "
        "photos far darker or brighter than any that it learned from."
    ),
    "a15_none": (
        "The numbers of a photo run from 0 (black) to 255 (white). rescale would multiply every one of them, by "
        "1/255 for example, so that 255 becomes 1. These settings leave it out (null): the network gets 0 to 255 and "
        "rescales them itself, or was made for them."
    ),
    # Photos of each class.
    "gallery": (
        "Photos of each class, side by side: one that lies in the wrong folder is seen at once. The network believes "
        "the folders, so move such a photo into the right one before training."
    ),
    "gallery_count": "{shown} of {count:# photo|# photos}",
    "gallery_classes": "Of the {count:# class|# classes} the first {shown} are here.",
    # Labels.
    "labels_binary": "two classes: one output between 0 and 1 (sigmoid), binary cross-entropy",
    "labels_int": "one output a class (softmax), sparse categorical cross-entropy",
    "labels_categorical": "one output a class (softmax), one-hot labels, categorical cross-entropy",
    "labels_none": "images alone, no labels",
    "labels_one_class": "one class: a classifier needs two or more",
    "labels_not_two": "label_mode=binary needs two classes, and there are {count}: use int or categorical",
    "labels_no_class": "no class folders here: put the photos of each class into a folder of its own",
    "labels_empty": "class folders without a photo that can be read: {names}. Put photos into them, or remove them.",
    "no_photo": "There is no photo here that training could read.",
    "name_instead": "Perhaps {folder} was meant: it holds the folders {names}.",
    "differing": "These classes are not in every split: {names}. Training needs the same ones in each.",
    "uneven": (
        "The largest class, {large}, has {most:# photo|# photos} and the smallest, {small}, {least}: {ratio} times as "
        "many. With --train.class_weight balanced each class counts the same in training."
    ),
    "uneven_much": (
        "The classes are very uneven: {large} has {most:# photo|# photos} and {small} {least}, {ratio} times as many. "
        "A network that always answers {large} would be right often and have learned nothing. Add photos of {small}, "
        "or let each class count the same with --train.class_weight balanced; afterwards look at the recall of each "
        "class, not only at the accuracy."
    ),
    # Problems.
    "none": "none",
    "none_found": "None found.",
    "kind_foreign": "In a format that training does not read",
    "why_foreign": (
        "Some photos are in a format that cannot be read here, and training passes them over without a word. Convert "
        "them to JPEG. An iPhone takes JPEG from now on with Settings → Camera → Formats → Most Compatible."
    ),
    "foreign_format": "{extension} is not read here",
    "kind_unreadable": "Unreadable",
    "why_unreadable": (
        "Not a picture, or a damaged one. Training refuses to begin, or leaves it out with on_error=skip."
    ),
    "kind_truncated": "Cut short",
    "why_truncated": "The end of the file is missing, as after a download that broke off. Fetch it again.",
    "kind_too_large": "Larger than max_pixels",
    "why_too_large": (
        "The picture has, or claims, more pixels than image.max_pixels allows, and was not decoded: a file of a few "
        "bytes may claim more than fits into memory. If it is sound, save it smaller or raise image.max_pixels; "
        "training refuses to begin, or leaves it out with on_error=skip."
    ),
    "kind_refused": "Too large for memory",
    "why_refused": "So large a file is not read, or there was not memory enough to decode it.",
    "kind_damaged": "Damaged, and read all the same",
    "why_damaged": "Read, but some of its bytes are not those that were saved: look whether the picture is whole.",
    "kind_mislabelled": "Wrong extension",
    "why_mislabelled": "The name says one format, the content is another. Harmless here: the content decides.",
    "kind_not_listed": "Name that training does not read",
    "why_not_listed": "A picture under a name that is not read as one (.jpg, .png, .webp and the like are). Rename it.",
    "kind_no_class": "In no class folder",
    "why_no_class": "Pictures that lie beside the class folders. Training does not see them.",
    "kind_animated": "Animated",
    "why_animated": "Only the first frame counts.",
    "kind_sixteen_bit": "More than 8 bits",
    "why_sixteen_bit": "Levels are reduced to 256.",
    "kind_cmyk": "Print colours (CMYK)",
    "why_cmyk": "Colours for ink, not for light; converted, they may look different from what you see elsewhere.",
    "kind_tiny": "Tiny",
    "why_tiny": "A side below {side} pixels. Enlarged, it is mostly blur.",
    "kind_huge": "Huge",
    "why_huge": "More than {megapixels} megapixels. It works, and takes long to decode every time.",
    "cannot_open": "cannot be opened: {detail}",
    "empty": "the file is empty",
    "no_picture": "not a picture of a known format",
    "is_heic": "is a HEIC picture, whatever its name says: convert it to JPEG",
    "damaged_header": "begins like a {format}, but its header is damaged or cut off",
    "no_permission": "no permission",
    "ends_early": "its data end too early (“{detail}”)",
    "damaged_data": "its data are damaged (“{detail}”)",
    "wrong_sums": "a checksum is wrong (“{detail}”)",
    "jpeg_warning": "libjpeg says “{detail}”",
    "no_memory": "not enough memory to decode it",
    "too_many_pixels": "{width}×{height} = {pixels} pixels, more than {limit}",
    "too_many_pixels_claimed": "{pixels} pixels, more than {limit}",
    "too_many_bytes": "larger than {limit}\u00a0GB",
    "named_otherwise": "named {extension}, is {format}",
    "name_not_listed": "its name is none that training reads",
    "beside_classes": "lies beside the class folders",
    "frames": "{count:# frame|# frames}",
    "bits": "{bits} bits a channel",
    "print_colours": "CMYK",
    "sides": "{width}×{height} pixels",
    "fix_hint": (
        "--fix quarantine moves the unusable files into a folder beside your photos; --fix restore puts them back. "
        "Nothing is deleted."
    ),
    "skip": (
        "on_error=skip leaves photos that cannot be read out, as long as they are no more than {most} of the photos "
        "that are read together (data.max_bad); more of them end the run."
    ),
    "skip_enough": "Of these photos ({split}) that is {broken} of {count}, {share}: it would go on.",
    "skip_too_many": (
        "Of these photos ({split}) that is {broken} of {count}, {share}: it would end. Mend them, move them away with "
        "--fix quarantine, or raise data.max_bad."
    ),
    "quarantined": "{count:# unusable file was|# unusable files were} moved to {folder}; --fix restore puts them back.",
    "not_moved": "could not be moved: {why}",
    "place_outside": "the list names a place outside the folders",
    "not_there_any_more": "it is not in the quarantine any more",
    "behind_link": "it lies behind a link that leads elsewhere",
    "name_taken": "there is a file of that name again",
    "other_disk": "the folder beside is on another disk",
    "system_says": "the system says “{detail}”",
    # Copies.
    "copies_exact": "Same bytes",
    "copies_near": "Look alike",
    "why_exact": "The very same file more than once.",
    "why_near": "Nearly the same picture: saved again, resized, or taken a moment later. Look before you remove any.",
    "across_splits": "in more than one split",
    "across_classes": "in more than one class",
    "why_across_splits": (
        "{count:# group lies|# groups lie} in more than one split: what measures the network was also learned by "
        "heart, so its accuracy looks better than it is."
    ),
    "why_across_classes": (
        "{count:# group lies|# groups lie} in more than one class: one picture with two labels. One of them is wrong."
    ),
    "groups_surplus": "{count:# group|# groups}, {surplus:# surplus file|# surplus files}",
    "groups_across_splits": "{count:# group|# groups} in more than one split",
    "groups_across_classes": "{count:# group|# groups} in more than one class",
    # Shapes.
    "chart_sizes": "Width and height of each photo, in pixels. The cross is what the network gets.",
    "chart_aspect": "Width ÷ height: left of 1 tall, right of 1 wide. The line is the shape that the network gets.",
    "chart_bytes": "Size of the files, in KB",
    "chart_formats": "Format, by content",
    "chart_modes": "Colours (L is grey, RGB is colour, P a palette, A an alpha channel)",
    "chart_orientations": "EXIF orientation: 1 is upright, the others are turned when they are read",
    "same_sizes": "All photos are {width}×{height} pixels.",
    "same_aspect": "All photos have the same shape: width ÷ height is {aspect}.",
    "same_bytes": "All files take {size}.",
    "same_formats": "All photos are {format} files.",
    "same_modes": "All photos have the colours {mode} (L is grey, RGB is colour, P a palette, A an alpha channel).",
    "same_orientations": "All photos have the EXIF orientation {orientation} (1 is upright, the others are turned).",
    "smaller_than_square": (
        "{count:# photo has|# photos have} a side shorter than {side} pixels and {count:is|are} enlarged."
    ),
    "smaller": "{count:# photo has|# photos have} a side smaller than {height}×{width} and {count:is|are} enlarged.",
    "median_size": (
        "Half of the photos are wider than {width} pixels, half are higher than {height}, half are larger than {bytes}."
    ),
    # Stretch.
    "the_photo": "the photo",
    "distorted": "{width}×{height}, distorted {ratio} times",
    "configured": "these settings: {resize}",
    "nothing_stretched": "No photo could be shown.",
    # Augmentation.
    "augment_from_config": "The ranges are those of these settings.",
    "augment_from_notebook": "These settings augment nothing; shown are the notebook's ranges.",
    "op_rotation_range": "turns the photo, up to so many degrees either way",
    "op_width_shift_range": "moves it left and right (a number below 1 is a share of the width)",
    "op_height_shift_range": "moves it up and down (a number below 1 is a share of the height)",
    "op_brightness_range": "makes it darker or brighter; 1 changes nothing",
    "op_shear_range": "slants it, in degrees (0.2 of a degree is next to nothing)",
    "op_zoom_range": "brings it nearer or farther; width and height are drawn apart, so it may be stretched too",
    "op_channel_shift_range": "adds to every level, or takes away",
    "op_horizontal_flip": "mirrors left and right, one time in two",
    "op_vertical_flip": "mirrors top and bottom, one time in two",
    "op_fill_mode": (
        "A photo that is moved, turned or made smaller leaves places empty. fill_mode says what fills them; here the "
        "photo is moved by 30\u00a0%, filled in each of the four ways."
    ),
    "fill_nearest": "nearest: the pixels of the edge, repeated",
    "fill_constant": "constant: one level, cval",
    "fill_reflect": "reflect: the photo mirrored",
    "fill_wrap": "wrap: the photo from its other side",
    "unchanged": "unchanged",
    "off": "not flipped",
    "on": "flipped",
    "wide": "wide",
    "tall": "tall",
    "draws": "16 random draws of all of it together",
    "augment_photo": "The photo is {name}.",
    # Memory.
    "as_files": "files on disk",
    "as_uint8": "decoded, uint8: what a cache keeps",
    "as_float32": "decoded, float32: what NumPy arrays of the usual notebook take",
    "representation": "as",
    "takes": "takes",
    "cache_auto": "cache=auto would choose {reason}.",
    "cache_memory": "memory, since all photos take {needed} of it, no more than half of the {memory} that are free",
    "cache_disk": (
        "disk ({folder}), since all photos take {needed}: more than half of the {memory} of free memory, and no more "
        "than half of the {disk} of free disk"
    ),
    "cache_none": (
        "none, since all photos take {needed}: more than half of the {memory} of free memory, and more than half of "
        "the {disk} of free disk"
    ),
    "cache_configured": "These settings ask for cache={cache}.",
    # Steps.
    "steps_even": "{split}: {examples} ÷ {batch} = {steps:# step|# steps}",
    "steps_one": "{split}: {examples} ÷ {batch} = 1 batch, not full = 1 step",
    "steps_rest": (
        "{split}: {examples} ÷ {batch} = {whole:# full batch|# full batches} + 1 of {rest} = {steps:# step|# steps}"
    ),
    "steps_dropped": (
        "{split}: {examples} ÷ {batch} = {steps:# full batch|# full batches}; "
        "{rest:# photo sits|# photos sit} out each epoch"
    ),
    "steps_all_epochs": "{epochs:# epoch is|# epochs are} {steps:# step|# steps} of learning.",
    "split_drawn": (
        "There is no validation folder, so training keeps {share} of the photos for it: {train} for training, {kept} "
        "kept for validation. They are drawn here as training draws them."
    ),
    "split_no_seed": "seed is null, so every training draws another split. Give seed a number to see one here.",
    "split_too_few": (
        "each class needs a photo on both sides. Add photos, set another data.validation_split, or name a folder for "
        "validation."
    ),
    "split_failed": "The photos could not be split as training would: {why}",
    # Passed over.
    "passed_hidden": "hidden files or folders: {count} (the first: {first})",
    "passed_linked": "linked folders within a class: {count} (the first: {first}); data.follow_links reads them",
    "passed_system": "folders that a disk station or an operating system made: {count} (the first: {first})",
    "passed_nowhere": "links that lead nowhere: {count} (the first: {first})",
    "passed_again": "linked folders whose photos are read already: {count} (the first: {first})",
    "passed_archive": "archives, which are not opened: {count} (the first: {first}); unpack them first",
    "passed_special": "neither files nor folders: {count} (the first: {first})",
    "passed_loop": "links that lead back to a folder above them: {count} (the first: {first})",
    "passed_not_a_class": "folders that class_names does not name: {count} (the first: {first})",
    "nested_class": "{first} holds its photos in {count:# folder|# folders} of its own; all of them count as one class",
    "passed_no_class": "pictures in no class folder: {count} (the first: {first})",
    "passed_others": "files that are no pictures: {count}",
    "nothing_passed": "Nothing.",
    "made_by": "Made by python -m pipeline.inspect. This page needs no network and holds everything that it shows.",
}
