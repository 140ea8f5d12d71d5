"""What a repair of a classifier learns from: rows with labels, rows without, or failing texts."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice

import numpy as np
import numpy.typing as npt

from pytest_fairness.assertions.searching import worst_case
from pytest_fairness.errors import ArgumentError, MitigationError
from pytest_fairness.mitigation.config import MitigationConfig
from pytest_fairness.mitigation.data import Labelled, Rows, Split, label_numbers, split_rows
from pytest_fairness.mitigation.side_effects import other_pairs
from pytest_fairness.mitigation.unseen import (
    UnseenWords,
    attributes_of,
    pairs_without,
    rows_without,
    texts_of,
    unseen_words,
)
from pytest_fairness.mitigation.widening import widened
from pytest_fairness.models import Model
from pytest_fairness.outcome import Outcome, Verdict
from pytest_fairness.perturb import Pair, Space, parts_of

PARTS = ("train", "validation", "heldout")
_JUDGING = ("validation", "heldout")
_MOST_HARD = 200  # hard pairs, lest they be all near the very worst


@dataclass(frozen=True)
class Material:
    """Everything that one repair uses, in three parts that share no term and no text.

    Of the rows that judge, each text counts once.

    Attributes
    ----------
    rows : dict of str to Labelled
        Of the parts ``"train"``, ``"validation"`` and ``"heldout"``.
    pairs : dict of str to list of Pair
    utility : str
        What the skill that must be kept is called.
    unseen_terms : frozenset of str
        Words of validation and held-out pairs, in all their forms, that no training pair shows.
    others : mapping of str to list of Pair
        Pairs of attributes that no failing check is about, in held-out templates.
    taught_by_average : bool
        Whether there were no rows, so that the original's average over pairs is the teacher.
    retention : mapping of str to Labelled
        Further rows of the task, on which no skill may be lost either.
    set_aside : int
        Rows of the held-out part that do not count: sentences of the tests, and copies of others.
    """

    rows: dict[str, Labelled]
    pairs: dict[str, list[Pair]]
    utility: str
    unseen_terms: frozenset[str] = frozenset()
    others: Mapping[str, list[Pair]] = field(default_factory=dict)
    taught_by_average: bool = False
    retention: Mapping[str, Labelled] = field(default_factory=dict)
    set_aside: int = 0


def spaces_of(outcomes: Sequence[Outcome]) -> list[Space]:
    """Return the distinct spaces on which checks failed.

    Checks of groups have none.
    """
    recipes = {
        json.dumps(outcome.source, sort_keys=True): outcome.source
        for outcome in outcomes
        if outcome.verdict is Verdict.FAIL and outcome.source
    }
    return [Space.from_recipe({**recipe, "part": "all"}) for recipe in recipes.values()]


def gather(
    model: Model, spaces: Sequence[Space], rows: Rows | None, config: MitigationConfig
) -> Material:
    """Collect pairs of each part, and the task that keeps the model's skill."""
    pairs = {part: sample_pairs(spaces, part, config) for part in PARTS}
    unseen = unseen_words(spaces)
    parts = parts_of(spaces).get("train", [])
    checked = {name for space in spaces for name in space.parts}
    sources = [pairs["train"], _wider_pairs(parts, checked, len(pairs["train"]), config)]
    sources.append(_hard_pairs(model, parts, config))
    set_aside = 0
    if rows is None:
        taught = {part: _from_pairs(model, pairs[part]) for part in PARTS}
        utility = "agreement with the original's average answer"
    else:
        split = split_rows(rows, config.seed, config.fractions)
        sources.append(_row_pairs(spaces, split.train.texts, unseen, config))
        taught = _from_split(model, split, pairs)
        set_aside = len(split.heldout) - len(taught["heldout"].texts)
        utility = "accuracy" if rows.labels is not None else "agreement with the original"
        judging = [text for part in _JUDGING for text in taught[part].texts]
        sources = [pairs_without(judging, source) for source in sources]
    taught_pairs = {**pairs, "train": _balanced(sources, config.max_pairs)}
    others = other_pairs(spaces, config.seed)
    return Material(
        taught,
        taught_pairs,
        utility,
        unseen,
        others,
        taught_by_average=rows is None,
        set_aside=set_aside,
    )


def _balanced(sources: Sequence[Sequence[Pair]], n: int) -> list[Pair]:
    """Return `n` pairs, as many of each source: a small one is repeated, lest it drown."""
    filled = [source for source in sources if source]
    share = -(-n // max(1, len(filled)))
    return [pair for source in filled for pair in islice(cycle(source), share)]


def sample_pairs(spaces: Sequence[Space], part: str, config: MitigationConfig) -> list[Pair]:
    """Draw pairs of one part of every space, as many of each."""
    share = max(1, config.max_pairs // max(1, len(spaces)))
    parts = parts_of(spaces).get(part, [])
    return [pair for p in parts for pair in p.sample(min(share, len(p)), config.seed)]


def _wider_pairs(
    parts: Sequence[Space], checked: Collection[str], n: int, config: MitigationConfig
) -> list[Pair]:
    """Return pairs that join training terms to terms of attributes that no check is about."""
    share = max(1, n // max(1, len(parts)))
    return [p for s in parts for p in widened(s, share, config.seed, without=checked)]


def _hard_pairs(model: Model, parts: Sequence[Space], config: MitigationConfig) -> list[Pair]:
    """Return the pairs of training terms whose scores a search finds furthest apart.

    Held-out terms take no part: nothing that judges the repair is looked at.
    """
    if not config.hard_pairs or not parts:
        return []
    budget, keep = max(2, config.hard_pairs // len(parts)), _MOST_HARD // len(parts) + 1
    searches = (worst_case(model, p, budget=budget, seed=config.seed, keep=keep) for p in parts)
    return [found.pair for search in searches for found in search.pairs if found.shift > 0]


def _row_pairs(
    spaces: Sequence[Space],
    texts: Sequence[str],
    unseen: Collection[str],
    config: MitigationConfig,
) -> list[Pair]:
    """Return counterfactual variants of training rows that mention no term of `unseen`.

    They bring the words of the user's own texts, which templates may lack, into the repair.
    """
    found: dict[str, list[Pair]] = {}
    for space in spaces:
        vary = space.recipe["vary"]
        key = json.dumps([vary, space.language], sort_keys=True)
        if key not in found:
            found[key] = _variants(space, texts, config)
    barred = UnseenWords(unseen, attributes_of(spaces))
    return barred.leave(pair for group in found.values() for pair in group)


def _variants(space: Space, texts: Sequence[str], config: MitigationConfig) -> list[Pair]:
    recipe = {**space.recipe, "templates": [], "texts": list(texts), "slots": {}, "part": "all"}
    try:
        spanned = Space.from_recipe(recipe)
    except ArgumentError:  # no row mentions the attribute
        return []
    return spanned.sample(min(config.max_pairs, len(spanned)), config.seed)


def _from_split(
    model: Model, split: Split, pairs: Mapping[str, Sequence[Pair]]
) -> dict[str, Labelled]:
    """Return rows with what the model should say, less those that pairs of another part show."""
    learnt = texts_of(pairs["train"])
    judged = [text for part in _JUDGING for text in texts_of(pairs[part])]
    found = {"train": labelled_rows(model, _beside(judged, split.train, "train"))}
    for part in _JUDGING:
        found[part] = labelled_rows(model, _beside(learnt, getattr(split, part), part)).distinct()
    return found


def _beside(texts: Sequence[str], rows: Rows, part: str) -> Rows:
    """Return the rows whose text is none of `texts`."""
    kept = rows_without(texts, rows)
    if not kept:
        raise MitigationError(
            f"{rows.path or 'The data'}: every row of the {part} part is a sentence of the tests' "
            "templates that belongs to another part. Give rows of the model's task beside them."
        )
    return kept


def labelled_rows(model: Model, rows: Rows) -> Labelled:
    """Return rows with the number of the right label, or with what the model says to them."""
    if rows.labels is None:  # the original model teaches
        targets = model.predict_proba(rows.texts)
    else:
        targets = np.asarray(label_numbers(rows, model.labels))
    return Labelled(rows.texts, targets, rows.weights, rows.groups)


def _from_pairs(model: Model, pairs: Sequence[Pair]) -> Labelled:
    """Let the original teach its own average over both sides of each pair (distillation).

    Hinton, Vinyals and Dean (2015); averaging over counterfactuals makes the teacher invariant.
    """
    first = model.predict_proba([pair.original for pair in pairs])
    second = model.predict_proba([pair.variant for pair in pairs])
    collected: dict[str, list[npt.NDArray[np.float64]]] = defaultdict(list)
    for pair, mean in zip(pairs, (first + second) / 2, strict=True):
        collected[pair.original].append(mean)
        collected[pair.variant].append(mean)
    targets = np.stack([np.mean(rows, axis=0) for rows in collected.values()])
    return Labelled(list(collected), targets)
