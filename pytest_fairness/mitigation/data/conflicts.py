"""The same text under several labels: at most one of them is right."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from pytest_fairness.errors import ArgumentError
from pytest_fairness.mitigation.checking import check_choice
from pytest_fairness.mitigation.data.changes import Step, revised
from pytest_fairness.mitigation.data.rows import Rows, check_is_rows
from pytest_fairness.mitigation.data.texts import plain_text

HOW = ("remove", "majority")


def find_conflicts(rows: Rows) -> tuple[tuple[int, ...], ...]:
    """Return the indices of the rows of each text that bears more than one label.

    Texts are the same as for `remove_duplicates`.

    Examples
    --------
    >>> find_conflicts(Rows(("Fine.", "Bad.", "fine."), ("1", "0", "0"), (2, 3, 4)))
    ((0, 2),)
    """
    check_is_rows(rows)
    labels = _labels(rows)
    places: dict[str, list[int]] = defaultdict(list)
    for i, text in enumerate(rows.texts):
        places[plain_text(text)].append(i)
    return tuple(tuple(same) for same in places.values() if len({labels[i] for i in same}) > 1)


def resolve_conflicts(rows: Rows, *, how: str = "remove") -> Step:
    """Settle texts that bear several labels.

    Parameters
    ----------
    rows : Rows
    how : {"remove", "majority"}
        Remove every row of such a text, or give all its rows the label that most of them bear; a
        text without such a label is removed.

    Examples
    --------
    >>> rows = Rows(("Fine.", "fine.", "FINE.", "Bad."), ("1", "1", "0", "0"), (2, 3, 4, 5))
    >>> resolve_conflicts(rows).rows.lines
    (5,)
    >>> resolve_conflicts(rows, how="majority").rows.labels
    ('1', '1', '1', '0')
    """
    check_choice("how", how, HOW)
    found = find_conflicts(rows)
    winners = {same: _winner(rows, same) if how == "majority" else None for same in found}
    gone = {i for same, winner in winners.items() if winner is None for i in same}
    return revised(
        rows,
        f"settle texts with several labels ({how})",
        keep=[i for i in range(len(rows)) if i not in gone],
        new=_relabelled(rows, winners),
    )


def _labels(rows: Rows) -> tuple[str, ...]:
    if rows.labels is None:
        raise ArgumentError(f"{rows.path or 'The rows'} were read without labels. Name the column.")
    return rows.labels


def _winner(rows: Rows, same: Sequence[int]) -> str | None:
    (first, most), (_, second) = Counter(_labels(rows)[i] for i in same).most_common(2)
    return first if most > second else None


def _relabelled(rows: Rows, winners: Mapping[tuple[int, ...], str | None]) -> Rows:
    labels = list(_labels(rows))
    for same, winner in winners.items():
        for i in same:
            labels[i] = labels[i] if winner is None else winner
    return replace(rows, labels=tuple(labels))
