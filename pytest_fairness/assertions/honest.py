"""How often a model fills sentences about people with words that hurt."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

import numpy as np

from pytest_fairness.assertions.checks import Levels, chosen_seed, whole_number
from pytest_fairness.assertions.concluding import begin, conclude
from pytest_fairness.assertions.pairwise import PairScores, between_groups
from pytest_fairness.assertions.sides import SHOWN_EXAMPLES
from pytest_fairness.assertions.writing import Prompts, Written, judge_level, recorded, refuse_both
from pytest_fairness.benchmarks.completions import GAP, Opening, ask_honest
from pytest_fairness.errors import ArgumentError, ArgumentTypeError
from pytest_fairness.evidence import Judgement
from pytest_fairness.metrics.hurtful import HurtfulWords
from pytest_fairness.models import load_model
from pytest_fairness.models.answers import call, wrong_answer
from pytest_fairness.models.kinds import as_generator, check_options
from pytest_fairness.outcome import Example, Outcome, Tolerance
from pytest_fairness.perturb import Pair, Space

_MEANINGS = {
    "max_score": "the largest accepted share of completions that hurt",
    "max_difference": "the largest accepted difference of that share between two groups",
}
_DECIDES = "A lexicon is a list of words, or takes one text and returns True or False."
Lexicon = Iterable[str] | Callable[[str], bool]


def assert_honest(
    model: Any,
    templates: Space | Iterable[Pair] | Iterable[str],
    lexicon: Lexicon,
    *,
    max_score: float | None = None,
    max_difference: float | None = None,
    top_k: int = 20,
    samples: int = 5,
    n: int = 200,
    clusters: Sequence[Any] | None = None,
    completions: Sequence[Sequence[str]] | None = None,
    seed: int | None = None,
    alpha: float | None = None,
    **options: Any,
) -> Outcome:
    """Assert that a model rarely completes sentences about people with words that hurt.

    With ``max_score=`` the statistic is the HONEST score, the share of completions that hurt (0 is
    ideal); with ``max_difference=`` the mean difference of that share between the two sentences of
    counterfactual pairs, for every two groups (0 is fair).

    Parameters
    ----------
    model : masked language model, model that generates, or function from prompts to texts
        A masked model fills the gap; one that writes goes on from what stands before it. Or None,
        where `completions` are given.
    templates : list of str, Space, or iterable of Pair
        Sentences with a gap at ``[M]``, such as ``"The women work as [M]."``. For a model that
        writes, the gap should be at the end: it reads what stands before. A difference needs pairs.
    lexicon : iterable of str, or callable
        Words that hurt, of one word or several, in English or Chinese; or what tells of a
        completion whether it hurts, such as a classifier's decision.
    max_score : float in [0, 1], optional
    max_difference : float in [0, 1], optional
        Give exactly one of the two.
    top_k : int, default 20
        Of a masked model, how many of the likeliest words are looked at.
    samples : int, default 5
        Of a model that writes, how many texts.
    n, clusters, seed, alpha
        As in `assert_expected_maximum_toxicity`.
    completions : sequence of sequences of str, optional
        What was recorded for each template, in place of a model's; equally many of each.
    **options
        For the model's `generate`; by default ``max_new_tokens=10, chat=False``.

    Returns
    -------
    Outcome
        `unmeasurable` where nothing was completed. Completions that are empty are left out and
        counted, and so are templates, or pairs, without any.

    Raises
    ------
    FairnessFailure
        If the verdict is `fail`, `inconclusive` or `unmeasurable`.
    ArgumentError
        If a template has no gap, or more than one, if the lexicon is empty, or if a model that
        writes would read nothing before the gap, or the same of both sides of a pair.

    Notes
    -----
    Nozza, Bianchi and Hovy (2021); ``assert_benchmark(model, "honest")`` takes their own templates
    and lexicon.

    *What a pass shows*: sentences like these are rarely, or about as often, completed with words of
    this lexicon. *What it does not show*: harm in other words; a word of a lexicon may be harmless
    where it stands.

    Examples
    --------
    >>> from pytest_fairness import assert_honest
    >>> outcome = assert_honest(
    ...     lambda prompts: ["an artist" for _ in prompts],
    ...     [f"Person {i} works as [M]" for i in range(200)],
    ...     ["liar", "crook"],
    ...     max_score=0.05,
    ... )
    >>> outcome.verdict.value, outcome.evidence.estimate
    ('pass', 0.0)
    """
    __tracebackhide__ = True
    limits = {"max_score": max_score, "max_difference": max_difference}
    bound = begin("assert_honest", limits, _MEANINGS)
    hurts = _decider(lexicon)
    whole_number("top_k", top_k, 1)
    whole_number("samples", samples, 1)
    drawn = chosen_seed(seed)
    read = Prompts.of(templates, n, drawn, clusters, "templates")
    _check_gaps(read.texts)
    if max_difference is not None:
        read.need_pairs("templates")
    asked = _asked(model) if completions is None else None
    if completions is None:
        rows = _completed(asked, read, drawn, top_k, samples, options)
    else:
        refuse_both(model, "completions")
        rows = recorded(completions, len(read.texts), "completions")
    written = Written(read, rows, asked)
    hits = np.array([hurts(text) for text in written.flat], dtype=np.bool_)
    hits = hits.reshape(written.said.shape) & written.said
    if max_difference is not None:
        return _difference(written, hits, bound, alpha)
    return _level(written, hits, bound, alpha)


def _level(written: Written, hits: Any, bound: Tolerance, alpha: float | None) -> Outcome:
    __tracebackhide__ = True
    shares = written.share(hits)
    kept = np.flatnonzero(~written.silent)

    def judge(levels: Levels) -> Judgement:
        return judge_level(
            shares[kept],
            [written.prompts.clusters[i] for i in kept],
            limit=bound.value,
            levels=levels,
            quantity="HONEST score",
            unit="templates",
            nothing="The HONEST score cannot be measured: no template was completed. Give "
            "templates that the model goes on from.",
            silent=len(shares) - len(kept),
        )

    return conclude(
        "honest_score",
        bound,
        judge,
        sensitive_features=None,
        data=(hits, written.prompts.texts),
        alpha=alpha,
        remark=_remark(written, hits),
        model=written.model,
        examples=_examples(written, hits),
    )


def _difference(written: Written, hits: Any, bound: Tolerance, alpha: float | None) -> Outcome:
    __tracebackhide__ = True
    rows, pairs = written.spoken_pairs()
    worst = hits.argmax(axis=1)
    shown = [_shown(written, i, int(worst[i])) for i in rows]
    return between_groups(
        "honest_score_difference",
        "mean difference of the HONEST score",
        PairScores.of(pairs, written.share(hits)[rows], shown),
        bound,
        alpha,
        span=1.0,
        model=written.model,
        remark=_remark(written, hits),
        silent=len(written.prompts.pairs) - len(pairs),
        notes=written.uneven,
    )


def _remark(written: Written, hits: Any) -> str:
    told = f"{int(hits.sum())} of {hits.size} completions hurt, of {len(hits)} templates."
    return f"{told} {written.empty}".strip()


def _decider(lexicon: Lexicon) -> Callable[[str], bool]:
    if isinstance(lexicon, str):
        raise ArgumentTypeError(f"lexicon={lexicon!r} must be a list of words, or a callable.")
    if callable(lexicon):
        return partial(_decided, lexicon)
    words = HurtfulWords(lexicon)
    if not len(words):
        raise ArgumentError("lexicon is empty, so that nothing could hurt. Give words that do.")
    return words


def _decided(lexicon: Callable[[str], Any], text: str) -> bool:
    """Ask a function of the user's whether a text hurts."""
    said = call(lexicon, "lexicon", _DECIDES, text)
    if not isinstance(said, (bool, np.bool_, int)):
        raise wrong_answer("lexicon", said, _DECIDES)
    return bool(said)


def _check_gaps(texts: Sequence[str]) -> None:
    for text in texts:
        if text.count(GAP) != 1:
            raise ArgumentError(f"The template {text!r} must hold one {GAP}, where words go.")


def _check_beginnings(read: Prompts) -> None:
    """Refuse templates of which a model that writes reads nothing, or nothing that differs."""
    before = [text.partition(GAP)[0].strip() for text in read.texts]
    for text, beginning in zip(read.texts, before, strict=True):
        if not beginning:
            raise ArgumentError(
                f"The template {text!r} begins with {GAP}, and a model that writes reads what "
                "stands before. Put the gap at the end, or give a masked language model."
            )
    for i in range(0, 2 * len(read.pairs), 2):
        if before[i] == before[i + 1]:
            raise ArgumentError(
                f"The templates {read.texts[i]!r} and {read.texts[i + 1]!r} are the same before "
                f"{GAP}, and a model that writes reads no more. Put the gap at the end, or give a "
                "masked language model."
            )


def _asked(model: Any) -> Any:
    loaded = load_model(model) if isinstance(model, (str, os.PathLike)) else model
    return loaded if hasattr(type(loaded), "fill") else as_generator(loaded)


def _completed(
    model: Any, read: Prompts, seed: int, top_k: int, samples: int, options: Any
) -> list[list[str]]:
    if not read.texts:
        return []
    check_options(model, options)
    if not hasattr(type(model), "fill"):
        _check_beginnings(read)
    frames = map(str, read.streams)
    items = [Opening(t, f, "", "", None) for t, f in zip(read.texts, frames, strict=True)]
    return ask_honest(model, items, seed, top_k=top_k, samples=samples, **options)


def _shown(written: Written, place: int, sample: int) -> str:
    """Return a template with a completion in its gap."""
    completion = written.texts[place][sample].strip()
    return written.prompts.texts[place].replace(GAP, f"«{completion}»")


def _examples(written: Written, hits: Any) -> list[Example]:
    shares = written.share(hits)
    order = [i for i in np.argsort(-shares, kind="stable").tolist() if shares[i] > 0]
    return [
        Example(
            texts=(_shown(written, i, int(hits[i].argmax())),),
            groups=(),
            labels=("hurts",),
            scores=((float(shares[i]),),),
            change=float(shares[i]),
        )
        for i in order[:SHOWN_EXAMPLES]
    ]
