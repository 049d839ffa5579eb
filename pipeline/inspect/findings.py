"""The findings of the pass, put together: counts, problems, copies, shapes, steps; as numbers, without words."""

from __future__ import annotations

import collections
import dataclasses
import math
import re
from collections.abc import Iterator, Sequence

import numpy as np

from pipeline.errors import InputError
from pipeline.inspect.duplicates import Group, alike, same_bytes
from pipeline.inspect.subject import Subject
from pipeline.reports.file_faults import FOREIGN, KINDS, Finding, Judged
from pipeline.reports.listing import Found, Listing
from pipeline.text.messages import Sentence
from pipeline.text.plain_text import few_of

__all__ = ["TRAIN", "VALIDATION", "Broken", "Copies", "CopyCount", "Inspection", "Photo", "Steps", "put_together"]

TRAIN, VALIDATION, TEST = "train", "validation", "test"
TRAIN_FOLDER = re.compile("|train(ing)?", re.IGNORECASE)  # no split, or the one that training takes a share of


@dataclasses.dataclass(frozen=True)
class Photo:
    """A file, which of the splits it is in, and what it is."""

    found: Found
    judged: Judged
    split: str

    @property
    def counts(self) -> bool:
        """Return whether training sees the file: an image in a class folder, with a name that training reads."""
        return self.found.listed and self.found.class_name is not None and self.judged.is_image


@dataclasses.dataclass(frozen=True)
class Copies:
    """Photos that are the same, or look alike.

    Args:
        exact: whether they are the same byte for byte.
        photos: two or more.
    """

    exact: bool
    photos: tuple[Photo, ...]

    @property
    def surplus(self) -> int:
        """Files beyond one: of those that look alike, files that are the same byte for byte count as one."""
        same = {photo.judged.digest for photo in self.photos}
        return (len(self.photos) if self.exact else len(same)) - 1

    @property
    def across_splits(self) -> bool:
        """Return whether a copy of a measured photo is trained on."""
        return len({photo.split for photo in self.photos}) > 1

    @property
    def across_classes(self) -> bool:
        """Return whether one image has two labels."""
        return len({photo.found.class_name for photo in self.photos}) > 1


@dataclasses.dataclass(frozen=True)
class CopyCount:
    """Copies of one kind in figures, the same ones wherever they are shown.

    Args:
        groups: of files that belong together.
        surplus_files: files beyond one of each group.
        groups_across_splits: those of the groups with files in more than one split.
        groups_across_classes: those with files in more than one class.
    """

    groups: int
    surplus_files: int
    groups_across_splits: int
    groups_across_classes: int


@dataclasses.dataclass(frozen=True)
class Steps:
    """ceil(examples / batch_size), or the whole batches alone where the rest is dropped."""

    split: str
    examples: int
    batch_size: int
    drop_remainder: bool

    @property
    def whole(self) -> int:
        """Full batches."""
        return self.examples // self.batch_size

    @property
    def rest(self) -> int:
        """Photos beyond them."""
        return self.examples % self.batch_size

    @property
    def steps(self) -> int:
        """Batches an epoch."""
        return self.whole if self.drop_remainder else math.ceil(self.examples / self.batch_size)


@dataclasses.dataclass(frozen=True)
class Broken:
    """The photos of a split that cannot be read."""

    split: str
    broken: int
    examples: int

    @property
    def share(self) -> float:
        """The share of the split that cannot be read."""
        return self.broken / self.examples


@dataclasses.dataclass(frozen=True)
class Inspection:
    """Everything that the pass found.

    Args:
        subject: what was looked at.
        photos: every file, in order; those that are no pictures and have no picture's name are counted in `others`.
        class_names: in the order of their labels.
        splits: in order; `[""]` where there is one.
        copies: exact ones first.
        others: files that are no pictures.
        passed: what was not opened: (sentence, count, first).
        differing: classes that are not in every split.
        split_problem: why the photos could not be split as the configuration asks; `None` where they were.
        seconds: that the pass took.
    """

    subject: Subject
    photos: tuple[Photo, ...]
    class_names: tuple[str, ...]
    splits: tuple[str, ...]
    copies: tuple[Copies, ...]
    others: int
    passed: tuple[tuple[str, int, str], ...]
    differing: tuple[str, ...]
    split_problem: Sentence | None
    seconds: float

    @property
    def good(self) -> list[Photo]:
        """The photos that training sees."""
        return [photo for photo in self.photos if photo.counts]

    @property
    def broken(self) -> list[Photo]:
        """The photos that it cannot read."""
        return [photo for photo in self.photos if photo.judged.broken is not None]

    @property
    def foreign(self) -> list[Photo]:
        """Photos in a format that it passes over."""
        return [photo for photo in self.photos if any(one.kind in FOREIGN for one in photo.judged.findings)]

    @property
    def split_drawn(self) -> bool:
        """Return whether training draws the validation photos from one folder, and the splits are drawn so."""
        return len(self.subject.roots) == 1 and self.splits[:2] == (TRAIN, VALIDATION)

    @property
    def files_per_second(self) -> float:
        """The number of files read in a second."""
        return (len(self.photos) + self.others) / max(self.seconds, 1e-9)

    @property
    def training(self) -> str:
        """The split that is trained on."""
        return next((split for split in self.splits if split.lower().startswith(TRAIN)), self.splits[0])

    def counts(self) -> dict[str, dict[str, int]]:
        """Photos that training sees: class, then split."""
        table = {name: dict.fromkeys(self.splits, 0) for name in self.class_names}
        for photo in self.good:
            table[photo.found.class_name or ""][photo.split] += 1
        return table

    @property
    def refusal(self) -> Sentence | None:
        """Return the reason why training would refuse the folders, whatever the files hold; `None` if it would not."""
        mode, count = self.subject.config.data.label_mode, len(self.class_names)
        if not count:
            return Sentence("labels_no_class")
        if not self.good:
            return Sentence("no_photo")
        if count < 2 and mode is not None:
            return Sentence("labels_one_class")
        if mode == "binary" and count != 2:
            return Sentence("labels_not_two", {"count": count})
        empty = [name for name, counts in self.counts().items() if not counts[self.training]]
        return Sentence("labels_empty", {"names": few_of(empty)}) if empty else None

    def worst_broken(self) -> Broken | None:
        """The split with the largest share of photos that cannot be read, of those that training reads."""
        counts: dict[str, collections.Counter[bool]] = {split: collections.Counter() for split in self.splits}
        for photo in self.photos:
            if photo.found.listed and photo.found.class_name is not None:
                counts[photo.split][photo.judged.broken is not None] += 1
        read = {split: one for split, one in counts.items() if not split.lower().startswith("test") and one.total()}
        found = [Broken(split, one[True], one.total()) for split, one in read.items() if one[True]]
        return max(found, key=lambda one: one.share, default=None)

    def problems(self) -> Iterator[tuple[str, list[tuple[Photo, Finding]]]]:
        """Each kind that occurs, the worst first, with its photos."""
        by_kind: dict[str, list[tuple[Photo, Finding]]] = {kind: [] for kind in KINDS}
        for photo in self.photos:
            for finding in photo.judged.findings:
                by_kind[finding.kind].append((photo, finding))
        return ((kind, found) for kind, found in by_kind.items() if found)

    def steps(self) -> list[Steps]:
        """Batches an epoch of each split; the rest of a batch is dropped in training alone."""
        loader = self.subject.config.loader
        counts = collections.Counter(photo.split for photo in self.good)
        return [
            Steps(split, counts[split], loader.batch_size, loader.drop_remainder and split == self.training)
            for split in self.splits
            if counts[split]
        ]

    def copies_of(self, *, exact: bool) -> list[Copies]:
        """Groups of the same files, or of pictures that look alike."""
        return [copies for copies in self.copies if copies.exact == exact]

    def copy_count(self, *, exact: bool) -> CopyCount:
        """Count the groups of copies and the files among them that could be removed."""
        groups = self.copies_of(exact=exact)
        return CopyCount(
            groups=len(groups),
            surplus_files=sum(group.surplus for group in groups),
            groups_across_splits=sum(group.across_splits for group in groups),
            groups_across_classes=sum(group.across_classes for group in groups),
        )

    def memory(self) -> dict[str, int]:
        """Bytes of all photos that training sees: on disk, as uint8, as float32."""
        image = self.subject.config.image
        height, width = image.image_size
        levels = len(self.good) * height * width * image.channels
        return {"disk": sum(photo.judged.bytes for photo in self.good), "uint8": levels, "float32": 4 * levels}

    def stretched(self) -> list[tuple[Photo, float]]:
        """Photos by how much stretching distorts them, worst first: the ratio of the two sides' factors, from 1 up."""
        height, width = self.subject.config.image.image_size
        target = width / height
        ratios = [(photo, max(photo.judged.aspect / target, target / photo.judged.aspect)) for photo in self.good]
        return sorted(ratios, key=lambda one: -one[1])


def put_together(subject: Subject, listing: Listing, judged: Sequence[Judged], seconds: float) -> Inspection:
    """The inspection, from every file and its verdict."""
    splits, problem = _splits(subject, listing)
    photos = tuple(
        Photo(found, verdict, split)
        for found, verdict, split in zip(listing.files, _noted(listing, judged), splits, strict=True)
        if found.listed or verdict.is_image or verdict.findings
    )
    named = [root.split for root in subject.roots]
    if set(splits) - set(named):
        named = [side for side in (TRAIN, VALIDATION, TEST) if side in splits]
    return Inspection(
        subject,
        photos,
        listing.class_names,
        tuple(named),
        tuple(_copies(photos)),
        len(listing.files) - len(photos),
        listing.passed,
        listing.differing,
        problem,
        seconds,
    )


def _noted(listing: Listing, judged: Sequence[Judged]) -> Iterator[Judged]:
    """Verdicts, with a word on pictures that lie in no class folder."""
    for found, verdict in zip(listing.files, judged, strict=True):
        if found.class_name is None and verdict.is_image:
            yield dataclasses.replace(verdict, findings=(*verdict.findings, Finding("no_class", "beside_classes")))
        else:
            yield verdict


def _splits(subject: Subject, listing: Listing) -> tuple[list[str], Sentence | None]:
    """Each file's split: its folder's, or the one that training would draw for it; and why that was not possible."""
    own = [found.split for found in listing.files]
    config = subject.config
    divided = len(subject.roots) > 1 or not TRAIN_FOLDER.fullmatch(subject.roots[0].split)
    if divided or (len(listing.class_names) < 2 and config.data.label_mode is not None):
        return own, None
    from pipeline.sources.examples import Examples
    from pipeline.sources.files import FileSource
    from pipeline.sources.folders import DEFAULT_SPLIT
    from pipeline.splits.shares import split_by_shares

    read = [place for place, found in enumerate(listing.files) if found.listed and found.class_name is not None]
    number = {name: label for label, name in enumerate(listing.class_names)}
    labels = np.array([number[listing.files[place].class_name or ""] for place in read], np.int32)
    source = FileSource(tuple(listing.files[place].path for place in read))
    examples = Examples(source, labels, listing.class_names)
    if config.seed is None:
        return own, Sentence("split_no_seed")
    try:
        shares = config.data.shares or {"train": 1 - DEFAULT_SPLIT, "validation": DEFAULT_SPLIT}
        _, *kept = split_by_shares(examples, shares, config.seed)
    except InputError:
        return own, Sentence("split_too_few")
    side_of = {path: side for side, one in zip((VALIDATION, TEST), kept, strict=True) if one for path in one.paths}
    return [side_of.get(found.path, TRAIN) for found in listing.files], None


def _copies(photos: Sequence[Photo]) -> Iterator[Copies]:
    """The same bytes, then the same look; a group of the second is one only if it says more than the first."""
    readable = [photo for photo in photos if photo.judged.is_image]
    yield from _grouped(readable, same_bytes([photo.judged.digest for photo in readable]), exact=True)
    for group in _grouped(readable, alike([photo.judged.look for photo in readable]), exact=False):
        if len({photo.judged.digest for photo in group.photos}) > 1:
            yield group


def _grouped(photos: Sequence[Photo], groups: Sequence[Group], *, exact: bool) -> Iterator[Copies]:
    for group in groups:
        yield Copies(exact, tuple(photos[place] for place in group.members))
