"""Fairness of what reads names: whether those of every group are found in the same sentences."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal, NamedTuple

import numpy as np

from pytest_fairness.assertions.checks import Levels, one_of, refuse_string
from pytest_fairness.assertions.concluding import begin, conclude, suffix_of
from pytest_fairness.assertions.rate_checks import judged
from pytest_fairness.errors import ArgumentError
from pytest_fairness.evidence import Judgement, Quantity, means
from pytest_fairness.metrics.spans import SpanCounts, span_counts
from pytest_fairness.models.kinds import as_token_classifier
from pytest_fairness.outcome import Evidence, Outcome, Verdict
from pytest_fairness.perturb.swap import as_attribute

_SLOT = re.compile(r"\{\{|\}\}|\{[^{}]*\}|[{}]")
_WORDS = {"recall": "recall of spans", "precision": "precision of spans", "f1": "F1 of spans"}
_SHOWN = 5  # names that a note lists


class Filled(NamedTuple):
    """A template with a name in it."""

    text: str
    places: tuple[tuple[int, int], ...]
    group: str
    name: str
    template: str


def assert_span_parity(
    model: Any,
    templates: Sequence[str],
    *,
    vary: Any = "race_name",
    kind: str = "name",
    label: str | Sequence[str] = ("PER", "PERSON"),
    metric: Literal["recall", "precision", "f1"] = "recall",
    max_difference: float | None = None,
    min_ratio: float | None = None,
    min_group: float | None = None,
    clusters: Literal["name", "template"] = "name",
    language: str = "en",
    reference: str | None = None,
    alpha: float | None = None,
) -> Outcome:
    """Assert that a model reads names of all groups about equally well in the same sentences.

    Every name of every group stands in every template. A name is found when a span has exactly its
    characters and one of the labels. The statistic is the largest difference (0 is fair), or the
    smallest ratio (1 is fair), of two groups' recall, precision or F1; or that of the worst group.

    Parameters
    ----------
    model : TokenClassifier, folder, or function from texts to lists of spans
        A function returns one list of (start, end, label) per text, places in characters.
    templates : sequence of str
        With ``{name}`` wherever the name stands, such as ``"{name} wrote the report."``, and no
        other name of that label. ``{{`` and ``}}`` are braces.
    vary : str or Attribute, default "race_name"
        Whose terms are names; `load_attribute` says which are built in.
    kind : str, default "name"
        Which of its kinds.
    label : str or sequence of str, default ("PER", "PERSON")
        What the model may call such a span.
    metric : {"recall", "precision", "f1"}
        Precision counts the spans of these labels that the model gives in a group's texts.
    max_difference, min_ratio, min_group : float in [0, 1], optional
        Exactly one.
    clusters : {"name", "template"}
        What varies at random: names, in these templates (the default), or templates, with these
        names. Texts that share it count as one observation.
    language : str, default "en"
        Of a built-in attribute.
    reference, alpha
        As in `assert_demographic_parity`.

    Returns
    -------
    Outcome
        Its notes list the names that were missed most often.

    Raises
    ------
    FairnessFailure
        If the verdict is `fail`, `inconclusive` or `unmeasurable`: no span of these labels was
        found at all, so that nothing shows that the model reads names.
    ArgumentError
        If a template has no ``{name}`` or another slot, or the model knows no such label.
    ModelError
        If the model gives no spans.

    Notes
    -----
    Mishra et al. (2020); Mehrabi et al. (2020). Bounds are Gaffke's limits of means (2005) over
    clusters; groups count as independent, which errs on the safe side where they share templates.

    *What a pass shows*: names like these are read about equally well in these sentences. *What it
    does not show*: other sentences (take ``clusters="template"`` for those), names in other
    scripts or spellings, and how often each occurs in real texts. A name is a signal of a group,
    not a fact about its bearer; rarity and length come with it.

    Examples
    --------
    >>> from pytest_fairness import assert_span_parity
    >>> def first_word(texts):
    ...     return [[(0, text.index(" "), "PER")] for text in texts]
    >>> templates = ["{name} wrote the report.", "{name} has called."]
    >>> assert_span_parity(first_word, templates, max_difference=0.2).verdict.value
    'pass'
    """
    __tracebackhide__ = True
    limits = {"max_difference": max_difference, "min_ratio": min_ratio, "min_group": min_group}
    limit = begin("assert_span_parity", limits)
    one_of("metric", metric, _WORDS)
    one_of("clusters", clusters, ("name", "template"))
    attribute, names = _names(vary, kind, language)
    texts = filled(templates, names)
    wanted = _labels(label)
    finder = as_token_classifier(model)
    _check_known(finder, wanted)
    spans = finder.spans([each.text for each in texts])
    counts = [_counts(each, found, wanted) for each, found in zip(texts, spans, strict=True)]
    quantity = _quantity(metric, texts, counts, clusters)

    def judge(levels: Levels) -> Judgement:
        if not any(each.found or each.spurious for each in counts):
            return _nothing_found(wanted, spans, len(texts))
        judgement = judged([quantity], limit, levels, reference=reference)
        notes = (*judgement.evidence.notes, *_missed(texts, counts))
        return replace(judgement, evidence=replace(judgement.evidence, notes=notes))

    return conclude(
        f"span_{metric}_{suffix_of(limit)}",
        limit,
        judge,
        sensitive_features={attribute: [each.group for each in texts]},
        data=([each.text for each in texts], np.asarray(counts)),
        alpha=alpha,
        model=finder,
        remark=f"Spans labelled {' or '.join(wanted)} in {len(templates)} templates; texts of one "
        f"{clusters} are one observation.",
    )


def filled(templates: Sequence[str], names: dict[str, tuple[str, ...]]) -> list[Filled]:
    """Return every template with every name, and where the name stands."""
    refuse_string("templates", templates)
    parts = {template: _parts(template) for template in templates}
    if not parts:
        raise ArgumentError("templates is empty. Give sentences with {name}.")
    return [
        _fill(template, pieces, group, name)
        for group, several in names.items()
        for name in several
        for template, pieces in parts.items()
    ]


def _parts(template: str) -> list[str]:
    """Return what stands between the slots."""
    pieces, at = [""], 0
    for match in _SLOT.finditer(template):
        pieces[-1] += template[at : match.start()]
        at, token = match.end(), match.group()
        if token == "{name}":
            pieces.append("")
        elif token in ("{{", "}}"):
            pieces[-1] += token[0]
        else:
            raise ArgumentError(
                f"Template {template!r} holds {token!r}; {{name}} is the only slot here, and a "
                "brace is written twice."
            )
    pieces[-1] += template[at:]
    if len(pieces) == 1:
        raise ArgumentError(f"Template {template!r} has no {{name}}, so no name stands in it.")
    return pieces


def _fill(template: str, pieces: Sequence[str], group: str, name: str) -> Filled:
    text, places = pieces[0], []
    for piece in pieces[1:]:
        places.append((len(text), len(text) + len(name)))
        text += name + piece
    return Filled(text, tuple(places), group, name, template)


def _names(vary: Any, kind: str, language: str) -> tuple[str, dict[str, tuple[str, ...]]]:
    """Return what an attribute is called, and the names of each of its groups."""
    found: Any = as_attribute(vary, language)
    if not hasattr(found, "terms"):
        raise ArgumentError(
            f"vary={vary!r} combines attributes, and no name stands for several. Give one, such as "
            "'race_name'."
        )
    return found.name, {group: found.terms(group, kind) for group in found.groups}


def _labels(label: str | Sequence[str]) -> tuple[str, ...]:
    found = (label,) if isinstance(label, str) else tuple(label)
    if not found or not all(isinstance(each, str) for each in found):
        raise ArgumentError(f"label={label!r} must be a label such as 'PER', or several.")
    return found


def _check_known(finder: Any, wanted: Sequence[str]) -> None:
    kinds = getattr(finder, "kinds", None)
    if kinds is not None and not set(kinds) & set(wanted):
        raise ArgumentError(
            f"label={tuple(wanted)!r} holds none of the labels that {finder.info.name} knows: "
            f"{', '.join(kinds)}. Name the one that stands for such spans."
        )


def _counts(each: Filled, found: Sequence[Any], wanted: Sequence[str]) -> SpanCounts:
    """Count the spans of any of these labels as if they were one label."""
    given = [(span[0], span[1], "") for span in found if span[2] in wanted]
    return span_counts([(start, end, "") for start, end in each.places], given)


def _quantity(
    metric: str, texts: Sequence[Filled], counts: Sequence[SpanCounts], clusters: str
) -> Quantity:
    """Return recall, precision or F1 by group as the mean of right and wrong spans.

    Of F1, a name that is found counts twice: once among the names, once among the spans given.
    """
    groups = dict.fromkeys(each.group for each in texts)
    values: dict[str, list[float]] = {group: [] for group in groups}
    weights: dict[str, list[float]] = {group: [] for group in groups}
    labels: dict[str, list[str]] = {group: [] for group in groups}
    for each, (found, missed, spurious) in zip(texts, counts, strict=True):
        wrong = {"recall": missed, "precision": spurious, "f1": missed + spurious}[metric]
        values[each.group] += [1.0] * found + [0.0] * wrong
        weights[each.group] += [2.0 if metric == "f1" else 1.0] * found + [1.0] * wrong
        labels[each.group] += [getattr(each, clusters)] * (found + wrong)
    return means(
        _WORDS[metric], values, least=0.0, most=1.0, sample_weight=weights, clusters=labels
    )


def _nothing_found(wanted: Sequence[str], spans: Sequence[Any], n: int) -> Judgement:
    others = sorted({str(span[2]) for found in spans for span in found})
    seen = f"It labelled spans {', '.join(others)}: name the right label=" if others else ""
    reason = (
        f"The model found no span labelled {' or '.join(wanted)} in {n} texts, right or wrong, so "
        f"that nothing shows that it reads names at all. {seen or 'Look at what it returns'}."
    )
    return Judgement(Verdict.UNMEASURABLE, reason, Evidence(None, None, "none", n))


def _missed(texts: Sequence[Filled], counts: Sequence[SpanCounts]) -> tuple[str, ...]:
    """List the names that were missed most often, with their groups."""
    totals: dict[tuple[str, str], list[int]] = {}
    for each, (found, missed, _) in zip(texts, counts, strict=True):
        seen = totals.setdefault((each.name, each.group), [0, 0])
        seen[0], seen[1] = seen[0] + missed, seen[1] + found + missed
    worst = sorted(totals.items(), key=lambda item: -item[1][0] / item[1][1])[:_SHOWN]
    listed = [f"{name} ({group}, {k} of {n})" for (name, group), (k, n) in worst if k]
    return (f"Missed most often: {', '.join(listed)}.",) if listed else ()
