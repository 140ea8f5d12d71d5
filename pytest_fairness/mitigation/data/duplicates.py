"""Texts that stand in the data more than once, letter for letter or nearly."""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any

from pytest_fairness.mitigation.checking import check_seed, check_share, check_whole
from pytest_fairness.mitigation.data.changes import Step, revised
from pytest_fairness.mitigation.data.rows import Rows, check_is_rows
from pytest_fairness.mitigation.data.texts import plain_text, shingles
from pytest_fairness.perturb.surface.keeping import Wanted, keep_of

if TYPE_CHECKING:
    import numpy.typing as npt

_HASHES = 128
_PRIME = 2**31 - 1
_RECALL = 0.99  # of pairs exactly as similar as the limit


def remove_duplicates(rows: Rows) -> Step:
    """Keep the first of rows with the same text and label.

    Texts are the same if they differ in nothing but case, width and white space. The same text
    under several labels is a conflict, which `resolve_conflicts` settles.

    Examples
    --------
    >>> rows = Rows(("Well done.", "well  done.", "Well done."), ("1", "1", "0"), (2, 3, 4))
    >>> remove_duplicates(rows).rows.lines
    (2, 4)
    """
    check_is_rows(rows)
    labels = rows.labels or ("",) * len(rows)
    first: dict[tuple[str, str], int] = {}
    for i, (text, label) in enumerate(zip(rows.texts, labels, strict=True)):
        first.setdefault((plain_text(text), label), i)
    return revised(rows, "remove duplicates", keep=list(first.values()))


def remove_near_duplicates(
    rows: Rows,
    *,
    similarity: float = 0.8,
    shingle: int = 5,
    keep: Wanted = None,
    language: str = "en",
    seed: int = 0,
) -> Step:
    """Keep the first of rows with the same label and nearly the same text.

    The similarity of two texts is the Jaccard index of their sets of runs of `shingle` characters:
    1 for the same text, 0 for nothing in common. Texts that chains of similar pairs join count as
    one. Candidates are found by MinHash, which misses a pair at the limit itself in less than 1 of
    100 cases and a closer one more rarely; what it finds is compared exactly.

    Parameters
    ----------
    rows : Rows
    similarity : float in (0, 1]
        Least similarity of near duplicates.
    shingle : int
        Characters in a run; 2 or 3 are better for Chinese.
    keep : str, Attribute, Combination or list of these, optional
        Words that make two texts different: with ``keep="gender"``, a text about a woman is no
        duplicate of the same text about a man.
    language : str
        Language of a built-in attribute in `keep`.
    seed : int

    References
    ----------
    Broder (1997), "On the resemblance and containment of documents". Lee et al. (2022),
    "Deduplicating training data makes language models better".

    Examples
    --------
    >>> texts = ("The nurse said she was tired today.", "The nurse said he was tired today.")
    >>> rows = Rows(texts, None, (2, 3))
    >>> len(remove_near_duplicates(rows, similarity=0.6).rows)
    1
    >>> len(remove_near_duplicates(rows, similarity=0.6, keep="gender").rows)
    2
    """
    check_is_rows(rows)
    meaning = "it is the least share of common runs of characters of near duplicates"
    check_share("similarity", similarity, meaning)
    check_whole("shingle", shingle, 1, "it is the number of characters in a run")
    check_seed(seed)
    pieces = [shingles(text, shingle) for text in rows.texts]
    kinds = _kinds(rows, keep, language)
    similar = (
        (i, j)
        for i, j in _candidates(pieces, similarity, seed)
        if kinds[i] == kinds[j] and _jaccard(pieces[i], pieces[j]) >= similarity
    )
    step = f"remove near duplicates (similarity of {similarity:g} or more)"
    return revised(rows, step, keep=set(_roots(len(rows), similar)))


def _kinds(rows: Rows, keep: Wanted, language: str) -> list[tuple[str, tuple[str, ...]]]:
    """Return what two texts must share to be duplicates: the label, and the words to keep."""
    wanted = keep_of(keep, language)
    labels = rows.labels or ("",) * len(rows)
    return [
        (label, tuple(map(plain_text, wanted.read(text).words)))
        for label, text in zip(labels, rows.texts, strict=True)
    ]


def _jaccard(first: set[str], second: set[str]) -> float:
    common = len(first & second)
    return common / (len(first) + len(second) - common)


def _candidates(
    pieces: Sequence[set[str]], similarity: float, seed: int
) -> Iterable[tuple[int, int]]:
    """Return pairs that agree in one band of their signatures, each once and in order."""
    signatures = _signatures(pieces, seed)
    width = _band_width(similarity)
    found: set[tuple[int, int]] = set()
    for start in range(0, _HASHES - width + 1, width):
        bands: dict[bytes, list[int]] = defaultdict(list)
        for i, signature in enumerate(signatures):
            bands[signature[start : start + width].tobytes()].append(i)
        for members in bands.values():
            found.update(_linked(members, pieces))
    return sorted(found)


def _linked(members: Sequence[int], pieces: Sequence[set[str]]) -> Iterable[tuple[int, int]]:
    """Return every pair of a few rows; of many equal ones a chain is as good."""
    distinct: dict[frozenset[str], int] = {}
    for i in members:
        first = distinct.setdefault(frozenset(pieces[i]), i)
        if first != i:
            yield first, i
    yield from combinations(distinct.values(), 2)


def _band_width(similarity: float) -> int:
    """Return the widest band by which a pair at the limit is still found."""
    widths = (w for w in range(16, 1, -1) if _found(similarity, w) >= _RECALL)
    return next(widths, 1)


def _found(similarity: float, width: int) -> float:
    return 1.0 - (1.0 - similarity**width) ** (_HASHES // width)


def _signatures(pieces: Sequence[set[str]], seed: int) -> npt.NDArray[Any]:
    """Return the least value of each hash function over the shingles of each text."""
    import numpy as np

    if not pieces:
        return np.empty((0, _HASHES), dtype=np.uint32)
    rng = np.random.default_rng(seed)
    factors = rng.integers(1, _PRIME, _HASHES, dtype=np.uint64)
    shifts = rng.integers(0, _PRIME, _HASHES, dtype=np.uint64)
    flat = (zlib.crc32(s.encode("utf-8", "surrogatepass")) for piece in pieces for s in piece)
    values = np.fromiter(flat, dtype=np.uint64) % _PRIME
    starts = np.concatenate([[0], np.cumsum([len(piece) for piece in pieces])])[:-1]
    hashed = (
        np.minimum.reduceat((factor * values + shift) % _PRIME, starts)
        for factor, shift in zip(factors, shifts, strict=True)
    )
    return np.ascontiguousarray(np.stack(list(hashed), axis=1).astype(np.uint32))


def _roots(n: int, links: Iterable[tuple[int, int]]) -> list[int]:
    """Return for each of `n` the first of those that links join it to (union and find)."""
    parents = list(range(n))

    def root(i: int) -> int:
        while parents[i] != i:
            parents[i] = parents[parents[i]]
            i = parents[i]
        return i

    for i, j in links:
        low, high = sorted((root(i), root(j)))
        parents[high] = low
    return [root(i) for i in range(n)]
