"""Find files that are the same, byte for byte, and images that look alike."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["DISTANCE", "Group", "alike", "close_pairs", "same_bytes"]

# Bits of 64 in which two looks may differ. Copies that were resized or saved again differ in 0 to 3; of the pairs
# of different photos that were tried, none came so near (tests/inspect/test_duplicates.py).
DISTANCE = 4
BITS = 64


@dataclasses.dataclass(frozen=True)
class Group:
    """Positions of files that belong together, in order; at least two."""

    members: tuple[int, ...]


def same_bytes(digests: Sequence[str]) -> list[Group]:
    """Groups of files with the same digest; an empty digest is none.

    Args:
        digests: N of them.
    """
    places: dict[str, list[int]] = {}
    for place, digest in enumerate(digests):
        if digest:
            places.setdefault(digest, []).append(place)
    return [Group(tuple(members)) for members in places.values() if len(members) > 1]


def close_pairs(looks: NDArray[np.uint64], distance: int) -> NDArray[np.int64]:
    """All pairs of different looks that differ in at most `distance` bits; exact, not O(N²).

    Of `distance + 1` slices of the bits, two such looks have at least one in common, bit for bit: only pairs that
    share a slice are compared (the pigeonhole principle). Each slice is sorted, and each look compared with the next,
    the one after that, and so on, until the slice differs: all looks at once.

    Args:
        looks: uint64 `[N]`, no two the same.
        distance: 0 to 63.

    Returns:
        int64 `[P, 2]`, each pair once, the smaller position first, sorted.
    """
    edges = np.linspace(0, BITS, distance + 2).astype(int)
    found = [np.zeros((0, 2), np.int64)]
    for low, high in itertools.pairwise(edges):
        keys = (looks >> np.uint64(low)) & np.uint64((1 << int(high - low)) - 1)
        order = np.argsort(keys, kind="stable")
        keys = keys[order]
        step, here = 1, np.arange(len(looks) - 1)
        while len(here := here[here + step < len(looks)]):
            here = here[keys[here] == keys[here + step]]
            one, other = order[here], order[here + step]
            near = np.bitwise_count(looks[one] ^ looks[other]) <= distance
            found.append(np.stack([np.minimum(one, other)[near], np.maximum(one, other)[near]], axis=1))
            step += 1
    return np.unique(np.concatenate(found), axis=0)


def alike(looks: Sequence[int | None], distance: int = DISTANCE) -> list[Group]:
    """Groups of pictures that look alike, each within `distance` of another of its group.

    Args:
        looks: N of them, 64 bits each; `None` is like nothing.
        distance: bits in which two may differ.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    places = np.array([place for place, look in enumerate(looks) if look is not None], np.int64)
    there = np.array([look for look in looks if look is not None], np.uint64)
    if len(there) < 2:
        return []
    unique, which = np.unique(there, return_inverse=True)
    pairs = close_pairs(unique, distance)
    links = coo_array((np.ones(len(pairs), bool), (pairs[:, 0], pairs[:, 1])), shape=(len(unique), len(unique)))
    labels = connected_components(links, directed=False)[1][which]
    order = np.argsort(labels, kind="stable")
    starts = np.flatnonzero(np.diff(labels[order], prepend=-1))
    groups = [tuple(places[one].tolist()) for one in np.split(order, starts[1:])]
    return [Group(members) for members in sorted(groups) if len(members) > 1]
