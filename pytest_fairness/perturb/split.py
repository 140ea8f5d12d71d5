"""Dealing out terms, templates and texts to the parts that a repair needs.

A repair trains on one part, stops on a second and is judged on a third. What goes where follows
from a hash of the item and the seed alone: it stays as it is when other items come or go nearby,
on every machine and in every run.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from pytest_fairness.errors import ArgumentError

TRAIN, VALIDATION, HELDOUT = "train", "validation", "heldout"
PARTS = (TRAIN, VALIDATION, HELDOUT)
ENOUGH = 4  # items that are split among all parts by themselves

_SHARES = {HELDOUT: 0.5, TRAIN: 0.35, VALIDATION: 0.15}
_T = TypeVar("_T", bound="int | str")


def check_part(which: str) -> None:
    """Raise if `which` names no part."""
    if which not in ("all", *PARTS):
        raise ArgumentError(f"which={which!r} must be one of all, {', '.join(PARTS)}.")


def ranked(items: Iterable[str], seed: int, salt: str = "") -> list[str]:
    """Return items in the order of a hash that depends on the item, the salt and the seed."""
    return sorted(items, key=lambda item: _digest(f"{seed}\0{salt}\0{item}"))


def hashed(text: str) -> int:
    """Return a large number that follows from a text alone, on every machine and in every run."""
    return int.from_bytes(_digest(text)[:8], "big")


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def halves(items: Sequence[str], seed: int, salt: str = "") -> dict[str, list[str]]:
    """Deal items out: half to the held-out part, about 30 % of the rest to validation.

    Two items leave validation empty, a single one is all of the training part.
    """
    order = ranked(items, seed, salt)
    held = len(order) // 2
    rest = len(order) - held
    checked = max(1, round(0.3 * rest)) if rest > 1 else 0
    return {
        HELDOUT: order[:held],
        VALIDATION: order[held : held + checked],
        TRAIN: order[held + checked :],
    }


def deal_templates(strata: Iterable[Sequence[str]], seed: int) -> dict[str, list[str]]:
    """Deal out templates so that each part has its share, and training some of every stratum.

    A stratum holds templates that use the same slots of the attribute: what a repair never met,
    such as a possessive, it cannot be expected to repair.
    """
    parts: dict[str, list[str]] = {part: [] for part in PARTS}
    for stratum in sorted(strata, key=len, reverse=True):
        for place, item in enumerate(ranked(stratum, seed)):
            first = place == 0 and len(stratum) > 1
            parts[TRAIN if first else _furthest_below(parts)].append(item)
    return parts


def _furthest_below(parts: Mapping[str, Sequence[str]]) -> str:
    total = 1 + sum(map(len, parts.values()))
    return max(_SHARES, key=lambda part: _SHARES[part] * total - len(parts[part]))


def deal_terms(terms: Mapping[str, Sequence[str]], seed: int) -> dict[str, dict[str, list[str]]]:
    """Deal out the terms of groups; returns part -> group -> terms, disjoint and complete.

    Groups with at least four terms appear in every part. The terms of smaller groups are dealt so
    that each part has two groups wherever the terms suffice.
    """
    parts: dict[str, dict[str, list[str]]] = {part: {} for part in PARTS}
    for group, words in terms.items():
        if len(words) >= ENOUGH:
            for part, chosen in halves(words, seed, group).items():
                parts[part][group] = chosen
    small = {g: words for g, words in terms.items() if len(words) < ENOUGH}
    for size in (3, 2, 1):
        same_size = [g for g in small if len(small[g]) == size]
        dealt = dict.fromkeys(PARTS, 0)
        for group in ranked(same_size, seed):
            _deal_small(parts, dealt, group, ranked(small[group], seed, group))
    return {part: {g: parts[part].get(g, []) for g in terms} for part in PARTS}


def _deal_small(
    parts: dict[str, dict[str, list[str]]], dealt: dict[str, int], group: str, words: list[str]
) -> None:
    """Give each of up to three words to another part, the neediest first."""
    open_parts = list(_SHARES)
    for word in words:
        chosen = min(open_parts, key=lambda part: _need(parts[part], dealt[part], part))
        open_parts.remove(chosen)
        parts[chosen][group] = [word]
        dealt[chosen] += 1


def _need(groups: Mapping[str, Sequence[str]], dealt: int, part: str) -> tuple[bool, float]:
    """Order parts by need: fewer than two groups first, then the furthest below its share."""
    missing = len(groups) < 2
    return (not missing, 0 if missing else (dealt + 1) / _SHARES[part])


def positions(kept: Sequence[_T], every: Sequence[_T]) -> list[int]:
    """Return where the kept items stand among all."""
    place = {item: i for i, item in enumerate(every)}
    return sorted(place[item] for item in kept)
