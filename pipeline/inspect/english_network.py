"""The page's sentences about the network in English; the same keys as in `korean_network.py`."""

__all__ = ["NETWORK"]

NETWORK = {
    "q13": "What is each layer? Does the picture get too small after three poolings?",
    "a13": (
        "A 3×3 convolution without padding takes one pixel off each side, a pooling halves what is left: {sides}. So "
        "{values} values ({last}×{last_width}×{filters}) reach the first dense layer. That is small, and it is meant: "
        "each of them has seen a patch of {reach}×{reach} pixels of your photo."
    ),
    "a13_another": "That is the notebook's network; the one of these settings, {model}, is built otherwise.",
    "a13_too_small": (
        "A 3×3 convolution without padding takes one pixel off each side, a pooling halves what is left. With pictures "
        "of {height}×{width} nothing would be left of them after {poolings:# pooling|# poolings}: use larger "
        "pictures or fewer filters."
    ),
    "q14": "What does a convolution see; why pool after it?",
    "a14": (
        "Each map below is one filter's answer to your photo: bright where it found what it looks for (an edge, a "
        "colour, a texture), dark where it did not. Pooling keeps the strongest answer of each 2×2 and drops the exact "
        "place, so that the next layer looks at a larger part of the photo for a quarter of the work."
    ),
    "a14_without_model": (
        "Train a network and run this command again with --model RUN: then this page shows what every layer makes of "
        "one of your photos."
    ),
    "q16": "What do ReLU, Flatten and Dense do?",
    "a16": (
        "ReLU makes every negative number 0 and keeps the others: a filter says how strongly it found something, or "
        "nothing. Flatten writes the {last}×{last_width}×{filters} numbers that are left in one row of {values}; "
        "none of them changes. Dense connects each of them with each of its outputs: an output is the sum of all "
        "{values} numbers, each times a weight of its own, plus a bias. With {units} outputs these are {values} × "
        "{units} + {units} = {weights} weights, which training has to find."
    ),
    "a16_alone": (
        "ReLU makes every negative number 0 and keeps the others: a filter says how strongly it found something, or "
        "nothing. Flatten writes the numbers of all maps in one row; none of them changes. Dense connects each of "
        "them with each of its outputs: an output is the sum of all the numbers, each times a weight of its own, "
        "plus a bias."
    ),
    "network_file": "{name}: {layers:# layer|# layers}, {parameters:# parameter|# parameters}.",
    "network_apart": "The layers are those of {name}; all else on this page goes by the settings named at its top.",
    "layer": "layer",
    "layer_kind": "kind",
    "output_shape": "output (height × width × channels)",
    "parameters": "parameters",
    "receptive_field": "sees (pixels of the photo)",
    "whole_picture": "the whole picture",
    "unknown": "–",
    "feature_maps": "{layer}: {shown} of {count:# map|# maps} of {height}×{width}",
    "maps_title": "Your photo, and what each layer makes of it",
    "maps_scale": (
        "Each map has a scale of its own: its least value is dark, its largest is bright, and both stand below it. "
        "Bright places of two maps are not equally strong, therefore: compare the numbers."
    ),
    "input_photo": "the photo as the network gets it",
    "map_alt": "{layer}, map {number}",
    "filters_title": "What the first layer looks for",
    "filters": (
        "Each square of a filter is one weight: grey is 0, brighter adds what the filter finds in this place and "
        "colour, darker takes it away. Each filter has a scale of its own."
    ),
    "filter_alt": "filter {number}",
    "worked_title": "One number of a map, worked out",
    "worked": (
        "This is the largest number of {layer}: it stands in the map of filter {filter}, row {row}, column {column} "
        "(counted from 1). The filter lies on {height}×{width} pixels of your photo there, from row {top}, column "
        "{left} on. Each number of the photo is multiplied by the filter's weight in the same place, and all "
        "products are added."
    ),
    "channel_R": "red",
    "channel_G": "green",
    "channel_B": "blue",
    "channel": "channel {name}",
    "worked_values": "photo, {channel}",
    "worked_weights": "filter",
    "worked_products": "products; sum {total}",
    "worked_sum": "All together: {sums} + bias {bias} = {before} (rounded).",
    "worked_relu": "ReLU keeps a number that is not negative, so the map has {output} there.",
    "worked_relu_zero": "ReLU makes a negative number 0, so the map has {output} there.",
    "worked_linear": "That is the number in the map.",
    "worked_other": "The function {activation} makes {output} of it, which is the number in the map.",
    "no_maps": "This network has no layer with maps.",
}
