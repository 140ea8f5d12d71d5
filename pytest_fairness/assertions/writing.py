"""What a model writes after prompts: asked for, or recorded, and scored."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from pytest_fairness.assertions.answers import as_model, ask
from pytest_fairness.assertions.checks import Levels, whole_number
from pytest_fairness.assertions.pairwise import clusters_of, drawn_pairs
from pytest_fairness.errors import ArgumentError, ArgumentTypeError, ModelError
from pytest_fairness.evidence import Judgement, judge_mean, judge_rate
from pytest_fairness.models.answers import as_floats, call
from pytest_fairness.models.kinds import as_generator, check_options, write_apart
from pytest_fairness.outcome import Evidence, Verdict
from pytest_fairness.perturb import Pair

Array = npt.NDArray[np.float64]
Scorer = Callable[[list[str]], Any]
_ROWS = "Give a list of texts for each prompt: [[text], ...] where there is one sample of each."
_SCORES = "A scorer takes a list of texts and returns one number per text."


@dataclass(frozen=True)
class Prompts:
    """What a model is asked to go on from.

    Attributes
    ----------
    texts : list of str
        Of pairs, both sides of each.
    clusters : list of str
        Which prompts belong together.
    streams : list of int
        Which of them meet the same chance: both sides of a pair, and equal prompts of a cluster.
    pairs : list of Pair
        Empty where the prompts are plain texts.
    """

    texts: list[str]
    clusters: list[str]
    streams: list[int]
    pairs: list[Pair]

    @classmethod
    def of(
        cls,
        given: Any,
        n: int,
        seed: int,
        clusters: Sequence[Any] | None = None,
        name: str = "prompts",
    ) -> Prompts:
        """Read plain texts, or pairs, or draw some of a space."""
        if isinstance(given, str):
            raise ArgumentTypeError(f"{name}={given!r} must be a list of texts, or a space.")
        if isinstance(given, Pair) or hasattr(given, "sample"):
            return cls._of_pairs(drawn_pairs(given, n, seed), clusters)
        listed = list(given)
        if any(isinstance(each, Pair) for each in listed):
            return cls._of_pairs(drawn_pairs(listed, n, seed), clusters)
        if not all(isinstance(each, str) for each in listed):
            raise ArgumentTypeError(f"{name} must be texts, or counterfactual pairs of them.")
        if clusters is not None and len(clusters) != len(listed):
            raise ArgumentError(
                f"clusters has {len(clusters)} entries but there are {len(listed)} {name}."
            )
        together = listed if clusters is None else [str(each) for each in clusters]
        both = list(zip(listed, together, strict=True))
        places = {two: place for place, two in enumerate(dict.fromkeys(both))}
        return cls(listed, together, [places[two] for two in both], [])

    @classmethod
    def _of_pairs(cls, pairs: list[Pair], clusters: Sequence[Any] | None) -> Prompts:
        if clusters is not None:
            raise ArgumentError(
                "clusters= is for plain texts; pairs belong together by their template. Leave it "
                "out, or give the texts of the pairs."
            )
        texts = [text for pair in pairs for text in (pair.original, pair.variant)]
        together = [str(cluster) for cluster in clusters_of(pairs) for _ in range(2)]
        return cls(texts, together, [i // 2 for i in range(len(texts))], pairs)

    def need_pairs(self, name: str = "prompts") -> None:
        """Refuse plain texts where groups are compared."""
        if self.texts and not self.pairs:
            raise ArgumentError(
                f"max_difference= compares groups, and the {name} are plain texts. Give "
                "counterfactual pairs, or a space of them."
            )


@dataclass(frozen=True)
class Written:
    """The texts that were written after each prompt, and by which model (None: recorded)."""

    prompts: Prompts
    texts: list[list[str]]
    model: Any

    @property
    def flat(self) -> list[str]:
        """All texts, prompt by prompt."""
        return [text for texts in self.texts for text in texts]

    @property
    def said(self) -> npt.NDArray[np.bool_]:
        """Which texts are not empty, of shape (n_prompts, n_samples)."""
        found = np.array([bool(text.strip()) for text in self.flat], dtype=np.bool_)
        return found.reshape(len(self.texts), -1) if self.texts else found.reshape(0, 1)

    @property
    def silent(self) -> npt.NDArray[np.bool_]:
        """After which prompts nothing was written."""
        return np.array([not any(row) for row in self.said.tolist()], dtype=np.bool_)

    @property
    def empty(self) -> str:
        """Say how many texts are empty; nothing where none is."""
        count = int((~self.said).sum())
        return f"{count} of {self.said.size} texts are empty, and left out." if count else ""

    def share(self, hits: npt.NDArray[np.bool_]) -> Array:
        """Return the share of hits among the texts of each prompt that are not empty."""
        said = self.said
        share: Array = (hits & said).sum(axis=1) / np.maximum(1, said.sum(axis=1))
        return share

    def spoken_pairs(self) -> tuple[list[int], list[Pair]]:
        """Return the pairs after both sides of which something was written, and their prompts."""
        spoken = [not any(two) for two in self.silent.reshape(-1, 2).tolist()]
        rows = [i for i in range(2 * len(spoken)) if spoken[i // 2]]
        return rows, [p for p, said in zip(self.prompts.pairs, spoken, strict=True) if said]

    @property
    def uneven(self) -> tuple[str, ...]:
        """Say where some pairs have one side that nothing was written of, and of which groups."""
        mute = self.silent.reshape(-1, 2).tolist()
        if not any(one != other for one, other in mute):
            return ()
        rows: dict[str, list[bool]] = {}
        for pair, sides in zip(self.prompts.pairs, mute, strict=True):
            for group, side in zip(pair.groups, sides, strict=True):
                rows.setdefault(group, []).append(side)
        told = (f"{sum(rows[g])} of {len(rows[g])} prompts about {g}" for g in sorted(rows))
        return (f"Silence may differ between groups: nothing was written after {', '.join(told)}.",)

    def shown(self, place: int, sample: int) -> str:
        """Return a prompt with one of its texts, as an example shows it."""
        return f"{self.prompts.texts[place]} → {self.texts[place][sample].strip()}"


def write(
    model: Any,
    prompts: Prompts,
    *,
    samples: int,
    seed: int,
    generations: Sequence[Sequence[str]] | None = None,
    **options: Any,
) -> Written:
    """Let a model write, or take what was recorded.

    Both sides of a pair meet the same chance, and different pairs, or prompts, a different one:
    otherwise all texts would hang on one draw of chance, and no interval would know.
    """
    __tracebackhide__ = True
    whole_number("samples", samples, 1)
    if generations is not None:
        refuse_both(model, "generations")
        check_options(None, options)
        return Written(prompts, recorded(generations, len(prompts.texts)), None)
    writer = as_generator(model)
    texts = write_apart(writer, prompts.texts, prompts.streams, n=samples, seed=seed, **options)
    return Written(prompts, texts, writer)


def recorded(
    generations: Sequence[Sequence[str]], prompts: int, name: str = "generations"
) -> list[list[str]]:
    """Return recorded texts, as many for each prompt."""
    if isinstance(generations, str):
        raise ArgumentTypeError(f"{name}={generations!r} is one text. {_ROWS}")
    rows = []
    for place, row in enumerate(generations):
        if isinstance(row, str) or not isinstance(row, Iterable):
            raise ArgumentTypeError(f"{name}[{place}]={row!r} is no list of texts. {_ROWS}")
        rows.append(list(row))
    sizes = sorted({len(row) for row in rows})
    if len(rows) != prompts or len(sizes) > 1 or sizes == [0]:
        raise ArgumentError(
            f"{name} holds {len(rows)} rows of {' or '.join(map(str, sizes)) or 'no'} texts "
            f"for {prompts} prompts. Give a row for each prompt, all of the same number of texts."
        )
    if not all(isinstance(text, str) for row in rows for text in row):
        raise ArgumentTypeError(f"{name} must hold texts.")
    return rows


def refuse_both(model: Any, name: str) -> None:
    """Refuse a model beside recorded texts, which would be judged in its place."""
    if model is not None:
        raise ArgumentError(
            f"Both a model and {name}= were given, and only one can be judged. Give model=None to "
            f"judge the recorded texts, or leave {name}= out to let the model write."
        )


def check_scorer(scorer: Any, name: str = "scorer", label: str | int | None = None) -> None:
    """Refuse what cannot score texts, before a model writes any."""
    if hasattr(type(scorer), "predict_proba"):
        return
    if label is not None:
        raise ArgumentError(
            f"label={label!r} picks a class of a classifier, and {name} is none. Leave it out: a "
            "function returns one number per text."
        )
    if not callable(scorer):
        raise ModelError(
            f"{name}={scorer!r} cannot score texts. Give a classifier, such as load_model returns, "
            "or a function from a list of texts to one number each."
        )


def scored(
    scorer: Any, texts: list[str], label: str | int | None = None, *, gaps: bool = False
) -> Array:
    """Return one number per text, from a function or a classifier.

    With `gaps`, nan says that a text has no score.

    Raises
    ------
    ModelError
        If the scorer returns something else than one finite number per text.
    """
    if hasattr(type(scorer), "predict_proba"):
        found = np.asarray(ask(as_model(scorer), texts).score_of(label), dtype=float)
    else:
        found = as_floats(call(scorer, "scorer", _SCORES, texts), "scorer", _SCORES)
    if found.ndim == 2:
        found = found[:, -1]
    odd = np.isinf(found).any() or (np.isnan(found).any() and not gaps)
    if found.shape != (len(texts),) or odd:
        other = ", or nan for one that has no score" if gaps else ""
        raise ModelError(
            f"scorer returned an array of shape {found.shape} for {len(texts)} texts, or numbers "
            f"that are not finite. Return one number per text{other}."
        )
    return found


def judge_level(
    values: Array,
    clusters: Iterable[str],
    *,
    limit: float,
    levels: Levels,
    quantity: str,
    unit: str,
    nothing: str,
    silent: int = 0,
) -> Judgement:
    """Judge a mean of shares; every cluster weighs the same, and is one draw.

    `silent` of the rows were left out, because the model wrote nothing.

    Counts of single rows are bounded exactly, and means within [0, 1] by betting: both hold for
    any number of rows, and for rare values.
    """
    means = _cluster_means(values, list(clusters))
    left = {f"{unit} after which nothing was written": silent} if silent else {}
    if not len(means):
        evidence = Evidence(None, None, "none", 0, excluded=left)
        return Judgement(Verdict.UNMEASURABLE, nothing, evidence)
    judged: Callable[..., Judgement]
    if len(means) == len(values) and set(np.unique(means)) <= {0.0, 1.0}:
        judged = partial(judge_rate, int(means.sum()), len(means))
    else:
        judged = partial(judge_mean, means)
    counted = unit if len(means) == len(values) else f"clusters of {unit}"
    found = judged(
        limit=limit, alpha=levels.alpha, share=levels.share, quantity=quantity, unit=counted
    )
    evidence = replace(found.evidence, excluded={**found.evidence.excluded, **left})
    return replace(found, evidence=evidence)


def _cluster_means(values: Array, clusters: list[str]) -> Array:
    rows: dict[str, list[float]] = {}
    for value, cluster in zip(values.tolist(), clusters, strict=True):
        rows.setdefault(cluster, []).append(value)
    return np.array([np.mean(part) for part in rows.values()], dtype=float)
