"""Which texts share a batch: those of about the same length, under a budget of tokens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

# A batch at least this full ends where the length changes. More would pad a twentieth of a job in
# vain; less would leave small jobs with batches of one or two texts.
FILL = 0.25


def pack(
    lengths: Sequence[int], budget: int, *, padding: bool = True, max_rows: int | None = None
) -> list[list[int]]:
    """Put texts into batches, the longest first.

    Every batch, padded to its longest text, stays within `budget` tokens, unless a single text is
    longer than that. Texts of one length share batches; a batch takes shorter texts in only while
    it is less than a quarter full.

    Parameters
    ----------
    lengths : sequence of int, of shape (n_texts,)
        Tokens of each text.
    budget : int
        Padded tokens of a batch.
    padding : bool
        Whether texts of different lengths may share a batch at all.
    max_rows : int, optional
        Texts of a batch, at most.

    Returns
    -------
    list of list of int
        Indices into `lengths`; each occurs once.

    Examples
    --------
    >>> pack([3, 9, 3, 9, 4], budget=18)
    [[1, 3], [4, 0, 2]]
    >>> pack([3, 9, 3, 9, 4], budget=18, padding=False)
    [[1, 3], [4], [0, 2]]
    """
    fill = FILL if padding else 0.0
    return list(_packed(lengths, budget, fill, max_rows or len(lengths)))


def _packed(lengths: Sequence[int], budget: int, fill: float, max_rows: int) -> Iterator[list[int]]:
    longest_first = np.argsort(-np.asarray(lengths, dtype=np.int64), kind="stable").tolist()
    batch: list[int] = []
    for index in longest_first:
        if batch:
            width = lengths[batch[0]]
            full = len(batch) == max_rows or (len(batch) + 1) * width > budget
            changes = lengths[index] != lengths[batch[-1]]
            if full or (changes and len(batch) * width >= fill * budget):
                yield batch
                batch = []
        batch.append(index)
    if batch:
        yield batch
