"""How data sets without an official split are cut into train, valid and test."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Hashable, Sequence


def by_position(text: str) -> tuple[str, str, str]:
    """Cut a text at the first line ends after 80 % and 90 % of its characters."""
    cuts = [0]
    for percent in (80, 90):
        end = text.find("\n", len(text) * percent // 100)
        cuts.append(len(text) if end < 0 else end + 1)
    return text[: cuts[1]], text[cuts[1] : cuts[2]], text[cuts[2] :]


def stratified(
    keys: Sequence[str], strata: Sequence[Hashable]
) -> tuple[list[int], list[int], list[int]]:
    """Deal positions into 80 %, 10 %, 10 % of each stratum, in an order that the keys decide.

    The order is that of the keys' SHA-256. It looks random, is the same on every machine and in
    every version of every library, and a key more or less leaves the others' order as it was.
    """
    shuffled = sorted(range(len(keys)), key=lambda i: hashlib.sha256(keys[i].encode()).digest())
    members: dict[Hashable, list[int]] = defaultdict(list)
    for i in shuffled:
        members[strata[i]].append(i)
    part = [0] * len(keys)
    for stratum in members.values():
        tenth = round(len(stratum) / 10)
        for i in stratum[:tenth]:
            part[i] = 1
        for i in stratum[tenth : 2 * tenth]:
            part[i] = 2
    train, valid, test = ([i for i in shuffled if part[i] == p] for p in range(3))
    return train, valid, test


def mixed(chosen: Sequence[int], keys: Sequence[str]) -> list[int]:
    """Return positions in an order that their keys decide, another one than that of `stratified`.

    The first of a part that is dealt out are those of the strata whose keys happen to have the
    least hashes; after this the first of it look like all of it.
    """
    return sorted(chosen, key=lambda i: hashlib.sha256(f"mix {keys[i]}".encode()).digest())
