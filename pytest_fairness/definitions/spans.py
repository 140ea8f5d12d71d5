"""Definitions of metrics on spans that a model labels, such as names of persons."""

from __future__ import annotations

from pytest_fairness.definitions.definition import Definition

_SCORES = {
    "recall": (
        "recall of spans",
        "names that the model finds whole",
        r"R_a = \mathrm{TP}_a / (\mathrm{TP}_a + \mathrm{FN}_a)",
        "Spans that the model gives where there are none.",
    ),
    "precision": (
        "precision of spans",
        "spans the model gives that are names, whole",
        r"P_a = \mathrm{TP}_a / (\mathrm{TP}_a + \mathrm{FP}_a)",
        "Names that the model does not find at all.",
    ),
    "f1": (
        "F1 of spans",
        "twice the names found whole, of names and given spans together",
        r"F_a = 2 \mathrm{TP}_a / (2 \mathrm{TP}_a + \mathrm{FN}_a + \mathrm{FP}_a)",
        "Which kind of error strikes whom.",
    ),
}
_SOURCE = "Mishra et al. 2020; Mehrabi et al. 2020"
_ELSEWHERE = "Names and sentences of other kinds, and how often either occurs in real texts."


def _definitions(score: str) -> tuple[Definition, ...]:
    words, what, formula, blind = _SCORES[score]
    kinds = {
        "difference": (f"Largest difference of {words} between two groups of names", 0.0),
        "ratio": (f"Smallest ratio of {words} of two groups of names", 1.0),
        "group_min": (f"Lowest {words} of any group of names", 1.0),
    }
    sentences = {
        "difference": f"The share of {what} differs by {{value}} between two groups of names.",
        "ratio": f"The share of {what} in one group of names is {{value}} of that in another.",
        "group_min": f"In the worst group of names, the share of {what} is {{value}}.",
    }
    return tuple(
        Definition(
            id=f"span_{score}_{kind}",
            title=f"{words[0].upper()}{words[1:]}, {kind.replace('_', ' ')}",
            statistic=statistic,
            sentence=sentences[kind],
            shows="Whether the model reads names of all groups alike in the same sentences.",
            does_not_show=f"{blind} {_ELSEWHERE}",
            source=_SOURCE,
            formula=formula,
            units="spans",
            fair=fair,
            most=1.0,
        )
        for kind, (statistic, fair) in kinds.items()
    )


SPANS: tuple[Definition, ...] = tuple(d for score in _SCORES for d in _definitions(score))
