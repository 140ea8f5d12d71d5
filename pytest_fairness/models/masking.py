"""Which tokens of a text are scored, and which are masked with each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pytest_fairness.errors import ArgumentError
from pytest_fairness.models.words import Tokenised

Spans = Sequence[tuple[int, int]]


@dataclass(frozen=True)
class Plan:
    """What is read of a text: its tokens, which of them count, and how many bytes they are."""

    tokens: Tokenised
    scored: tuple[int, ...]
    bytes: int


def masks(tokens: Tokenised, t: int, whole_words: bool) -> tuple[int, ...]:
    """Return which tokens are masked where token t is read."""
    later = range(t + 1, len(tokens.ids)) if whole_words else ()
    return (t, *(i for i in later if tokens.words[i] == tokens.words[t]))


def scored_tokens(whole: Tokenised, context: Tokenised, start: int) -> tuple[int, ...]:
    """Return which tokens of a context with its text are the text's."""
    own = [i for i, added in enumerate(whole.special) if not added]
    if any(stop for _, stop in whole.spans):
        return tuple(i for i in own if whole.spans[i][1] > start)
    return tuple(own[context.special.count(False) :])


def narrowed(plan: Plan, item: Any) -> Plan:
    """Return a plan for the tokens inside the spans that an item keeps, where it names them."""
    if item[0] != "kept":
        return plan
    _, text, context, spans = item
    inside = [(a + len(context), b + len(context)) for a, b in spans]
    scored = [t for t in plan.scored if _lies_in(plan.tokens.spans[t], inside)]
    return Plan(plan.tokens, tuple(scored), sum(len(text[a:b].encode()) for a, b in spans))


def _lies_in(span: tuple[int, int], spans: Spans) -> bool:
    return span[0] < span[1] and any(a <= span[0] and span[1] <= b for a, b in spans)


def as_spans(kept: Iterable[Spans], n: int) -> list[tuple[tuple[int, int], ...]]:
    """Return the spans of n texts in an order of their own.

    Raises
    ------
    ArgumentError
        If there are not n of them.
    """
    listed = [tuple(sorted((int(a), int(b)) for a, b in spans)) for spans in kept]
    if len(listed) != n:
        raise ArgumentError(
            f"kept has {len(listed)} entries but texts has {n}. Give the spans of each text."
        )
    return listed
