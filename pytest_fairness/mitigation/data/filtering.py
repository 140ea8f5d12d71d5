"""Leaving out texts by a score, such as toxicity, with the share that each group loses."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from pytest_fairness.errors import ArgumentError, ModelError
from pytest_fairness.mitigation.checking import (
    check_callable,
    check_real,
    check_text,
    listed_texts,
)
from pytest_fairness.mitigation.data.changes import Step, cells, revised
from pytest_fairness.mitigation.data.rows import Rows, check_is_rows
from pytest_fairness.mitigation.data.texts import plain_text

if TYPE_CHECKING:
    import numpy.typing as npt

Scorer = Callable[[list[str]], Any]
_HAN = re.compile(r"[\u3400-\u9fff]")


def remove_scored(
    rows: Rows, score: Scorer, *, maximum: float, name: str = "score", label: str | None = None
) -> Step:
    """Remove rows whose text scores higher than `maximum`.

    Filters of toxic texts and lists of words take out harmless texts by and about minorities more
    often than others (Dodge et al. 2021): the report has the rates of all groups, and a
    FairnessWarning says where they differ. Texts that a classifier of harm must learn to find
    should not be filtered at all: name the label that may lose rows.

    Parameters
    ----------
    rows : Rows
    score : callable
        From a list of texts to as many numbers: a model of toxicity, or `listed_words`.
    maximum : float
        Highest score that stays.
    name : str
        What the score measures, for the report.
    label : str, optional
        Only rows with this label are removed.

    References
    ----------
    Dodge et al. (2021), "Documenting large webtext corpora: a case study on the Colossal Clean
    Crawled Corpus".

    Examples
    --------
    >>> rows = Rows(("You are a plonker.", "Good morning."), ("1", "0"), (2, 3))
    >>> step = remove_scored(rows, listed_words(["plonker"]), maximum=0, name="rude words")
    >>> print(step.report)
    remove rude words above 0: 2 rows → 1 (1 removed)
    """
    check_is_rows(rows)
    check_callable("score", score, "from a list of texts to as many numbers")
    check_real("maximum", maximum, -math.inf, math.inf, True, "it is the highest score that stays")
    if label is not None:
        check_text("label", label, "it is the label whose rows may be removed")
    scores = _scores(rows, score, name)
    exposed = [label is None or cell.label == label for cell in cells(rows)]
    if not any(exposed):
        raise ArgumentError(f"label={label!r} is borne by no row. Name one that is.")
    stays = [i for i, value in enumerate(scores) if value <= maximum or not exposed[i]]
    return revised(rows, f"remove {name} above {maximum:g}", keep=stays)


def listed_words(words: Iterable[str]) -> Scorer:
    """Return a scorer that counts the words of a text that stand in a list.

    A word counts where it stands by itself; Chinese words count anywhere.

    Examples
    --------
    >>> listed_words(["ass", "混蛋"])(["Pass the assets.", "你这个混蛋"])
    [0, 1]
    """
    listed = sorted(
        {plain_text(word) for word in listed_texts("words", words) if word.strip()},
        key=len,
        reverse=True,
    )
    if not listed:
        raise ArgumentError("words=[] is empty. Give at least one word.")
    pattern = re.compile("|".join(map(_bounded, listed)))
    return lambda texts: [len(pattern.findall(plain_text(text))) for text in texts]


def _bounded(word: str) -> str:
    escaped = re.escape(word)
    return escaped if _HAN.search(word) else rf"(?<!\w){escaped}(?!\w)"


def _scores(rows: Rows, score: Scorer, name: str) -> npt.NDArray[Any]:
    import numpy as np

    try:
        scores = np.asarray(score(list(rows.texts)), dtype=float)
    except (TypeError, ValueError) as err:
        raise ModelError(
            f"{name} gave no numbers ({err}). It must go from a list of texts to one number "
            "for each."
        ) from err
    if scores.shape != (len(rows),):
        raise ModelError(
            f"{name} has shape {scores.shape} for {len(rows)} texts. It must return one number for "
            "each text; of several columns, choose one."
        )
    if np.isnan(scores).any():
        where = rows.where(rows.lines[int(np.isnan(scores).argmax())])
        raise ModelError(f"{name} is NaN for {where}. It must return a number for each text.")
    return scores
