"""What `repair_table` measures a model by: flips, ranks and skill where no repair has looked."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pytest_fairness.evidence import clopper_pearson
from pytest_fairness.metrics.auc import AUC, BNSP_AUC, BPSN_AUC
from pytest_fairness.metrics.scores import score_values
from pytest_fairness.mitigation.data import Labelled
from pytest_fairness.mitigation.skills import measure_skills
from pytest_fairness.mitigation.utility import right_answers
from pytest_fairness.perturb import Pair
from tests.performance.repair_words import GROUNDS, NEUTRAL, ground_of, people, with_neutral_word

NOBODY = "nobody"  # a neutral word in the place of who somebody is
_SENTENCES = 1000  # that those in front of tweets are drawn from
Partnered = tuple[Pair, Pair | None]


@dataclass(frozen=True)
class Probe:
    """What all models of one seed are measured on; no method has seen it.

    `texts` are sentences that speak of somebody of a ground, or of nobody, which are not toxic, and
    the same in front of toxic rows.
    """

    pairs: list[Partnered]
    rows: Labelled
    texts: list[str]
    labels: list[int]
    grounds: list[str]


def make_probe(seed: int, rows: Labelled, *, pairs: int, tweets: int) -> Probe:
    """Draw held-out pairs; and for each ground sentences, alone and in front of toxic rows."""
    part, rng = people(seed).part("heldout"), random.Random(seed)
    sentences: dict[str, list[str]] = defaultdict(list)
    for pair in part.sample(_SENTENCES, seed):
        sentences[ground_of()[pair.groups[0]]].append(pair.original)
        sentences[NOBODY].append(with_neutral_word(pair.source, rng.choice(NEUTRAL)))
    toxic = rng.sample([t for t, y in zip(rows.texts, rows.targets, strict=True) if y], tweets)
    built = [
        (text, label, ground)
        for ground in (*GROUNDS, NOBODY)
        for tweet in toxic
        for text, label in _with_and_without(rng.choice(sentences[ground]), tweet)
    ]
    texts, labels, grounds = map(list, zip(*built, strict=True))
    return Probe(part.sample_with_partners(pairs, seed), rows, texts, labels, grounds)


def _with_and_without(sentence: str, toxic: str) -> tuple[tuple[str, int], tuple[str, int]]:
    return (sentence, 0), (f"{sentence} {toxic}", 1)


def measure(model: Any, probe: Probe) -> dict[str, float]:
    """Return every number that does not hang on a clock."""
    skills = {skill.name: skill.after for skill in measure_skills(model, model, probe.rows)}
    return {
        **flip_rates(model, probe.pairs),
        **auc_gaps(model.predict_proba(probe.texts)[:, 1], probe.labels, probe.grounds),
        "accuracy": float(right_answers(model, probe.rows).mean()),
        "AUC": skills["AUC"],
        "ECE": skills["calibration error"],
    }


def flip_rates(model: Any, pairs: Sequence[Partnered]) -> dict[str, float]:
    """Return the flip rate and its bound, that of placebo partners, the excess, and by ground."""
    flipped = flip_marks(model, [pair for pair, _ in pairs])
    partnered = [i for i, (_, partner) in enumerate(pairs) if partner is not None]
    placebo = flip_marks(model, [partner for _, partner in pairs if partner is not None]).mean()
    spoken = [{ground_of()[group] for group in pair.groups} for pair, _ in pairs]
    return {
        "flips": float(flipped.mean()),
        "bound": clopper_pearson(int(flipped.sum()), len(flipped), confidence=0.95).high,
        "placebo": float(placebo),
        "excess": float(flipped[partnered].mean() - placebo),
        **{
            f"flips, {ground}": float(flipped[[ground in both for both in spoken]].mean())
            for ground in GROUNDS
        },
    }


def flip_marks(model: Any, pairs: Sequence[Pair]) -> Any:
    """Return whether the texts of each pair get different labels, an array of bool."""
    first, second = (
        model.predict_proba([getattr(pair, side) for pair in pairs]).argmax(axis=1)
        for side in ("original", "variant")
    )
    return first != second


def auc_gaps(scores: Any, labels: Sequence[int], grounds: Sequence[str]) -> dict[str, float]:
    """Return how far the worst ground's cross-AUCs lie below the AUC of those of nobody."""
    usual = score_values(AUC, labels, scores, sensitive_features=grounds)[NOBODY]
    found = {}
    for name, statistic in (("bpsn", BPSN_AUC), ("bnsp", BNSP_AUC)):
        values = score_values(statistic, labels, scores, sensitive_features=grounds)
        found[name] = usual - min(values.values())
    return found
