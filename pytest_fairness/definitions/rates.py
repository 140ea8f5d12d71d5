"""Definitions of metrics that compare one or two rates: a row a notion, made into every kind."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_fairness.definitions.definition import Definition

KINDS = ("difference", "ratio", "group_min", "group_max")
_COMPARED = KINDS[:2]
_NO_MAX = KINDS[:3]


@dataclass(frozen=True)
class Notion:
    """What groups are compared by.

    Attributes
    ----------
    name : str
        What the metrics' names begin with.
    rates : tuple of str
        Names of the rates compared.
    formula : str
    shows : str
        As a sentence that begins with "Whether".
    does_not_show : str
    source : str
    kinds : tuple of str
        Which comparisons there are.
    """

    name: str
    rates: tuple[str, ...]
    formula: str
    shows: str
    does_not_show: str
    source: str
    kinds: tuple[str, ...] = KINDS

    @property
    def title(self) -> str:
        """The name as a heading writes it."""
        words = self.name.replace("_", " ").replace("f1", "F1")
        return words[0].upper() + words[1:]


_SELECTED = r"P(\hat Y = 1 \mid A = a)"
_AMONG_POSITIVE = "Errors on rows whose true label is negative, and bias in the labels themselves."
_AMONG_NEGATIVE = "Errors on rows whose true label is positive, and bias in the labels themselves."
_AMONG_SELECTED = (
    "Rows that were not selected. Where base rates differ, this value follows them, and equal "
    "values come with unequal error rates."
)
_AMONG_REJECTED = (
    "Rows that were selected. Where base rates differ, this value follows them, and equal values "
    "come with unequal error rates."
)
_BY_LABELS = "Bias in the labels themselves, and which kind of error strikes whom."
_PARITY_BLIND = (
    "Whether decisions are right, or why they differ: the true labels are not looked at."
)
_SALEIRO = "Zafar et al. 2017; Saleiro et al. 2018"
_BERK = "Berk, Heidari, Jabbari, Kearns and Roth 2021"
_CHOULDECHOVA = "Chouldechova 2017"

NOTIONS = (
    Notion(
        "demographic_parity",
        ("selection_rate",),
        _SELECTED,
        "Whether the groups in this data get the positive decision equally often.",
        _PARITY_BLIND,
        "Calders and Verwer 2010; Dwork et al. 2012. The four-fifths rule on the ratio is the "
        "EEOC's of 1978, a screening rule of one country",
    ),
    Notion(
        "equal_opportunity",
        ("true_positive_rate",),
        r"P(\hat Y = 1 \mid Y = 1, A = a)",
        "Among rows whose true label is positive, whether each group gets the positive decision "
        "equally often.",
        _AMONG_POSITIVE,
        "Hardt, Price and Srebro 2016",
    ),
    Notion(
        "equalized_odds",
        ("true_positive_rate", "false_positive_rate"),
        r"P(\hat Y = 1 \mid Y = y, A = a), y \in \{0, 1\}",
        "Whether rows with the same true label get the positive decision equally often in every "
        "group, for both true labels.",
        "Bias that is already in the true labels. Where base rates differ, an imperfect model "
        "cannot also be calibrated in every group.",
        "Hardt, Price and Srebro 2016",
        _COMPARED,
    ),
    Notion(
        "predictive_parity",
        ("positive_predictive_value",),
        r"P(Y = 1 \mid \hat Y = 1, A = a)",
        "Among selected rows, whether the decision is right equally often in every group.",
        _AMONG_SELECTED,
        _CHOULDECHOVA,
    ),
    Notion(
        "conditional_use_accuracy_equality",
        ("positive_predictive_value", "negative_predictive_value"),
        r"P(Y = y \mid \hat Y = y, A = a), y \in \{0, 1\}",
        "Whether a decision, positive or negative, is right equally often in every group.",
        "How often each group is selected. Where base rates differ, an imperfect model cannot also "
        "have equal error rates.",
        _BERK,
        _COMPARED,
    ),
    Notion(
        "treatment_equality",
        ("false_negative_share_of_errors",),
        r"P(\hat Y = 0 \mid \hat Y \ne Y, A = a)",
        "Among wrong decisions, whether they deny what was deserved equally often in every group.",
        "How many wrong decisions there are: a group with few errors and one with many can be "
        "equal here.",
        f"{_BERK}, as the bounded share FN / (FN + FP) in place of FN / FP",
        _COMPARED,
    ),
    Notion(
        "selection_rate",
        ("selection_rate",),
        _SELECTED,
        "Whether the groups in this data get the positive decision equally often.",
        _PARITY_BLIND,
        "Calders and Verwer 2010; Dwork et al. 2012",
    ),
    Notion(
        "true_positive_rate",
        ("true_positive_rate",),
        r"P(\hat Y = 1 \mid Y = 1, A = a)",
        "Among rows whose true label is positive, whether each group is found equally often.",
        _AMONG_POSITIVE,
        "Hardt, Price and Srebro 2016",
    ),
    Notion(
        "false_positive_rate",
        ("false_positive_rate",),
        r"P(\hat Y = 1 \mid Y = 0, A = a)",
        "Among rows whose true label is negative, whether each group is wrongly selected equally "
        "often (predictive equality).",
        _AMONG_NEGATIVE,
        f"{_CHOULDECHOVA}; Corbett-Davies et al. 2017",
    ),
    Notion(
        "true_negative_rate",
        ("true_negative_rate",),
        r"P(\hat Y = 0 \mid Y = 0, A = a)",
        "Among rows whose true label is negative, whether each group is rightly left out equally "
        "often.",
        _AMONG_NEGATIVE,
        f"{_CHOULDECHOVA}; Corbett-Davies et al. 2017",
    ),
    Notion(
        "false_negative_rate",
        ("false_negative_rate",),
        r"P(\hat Y = 0 \mid Y = 1, A = a)",
        "Among rows whose true label is positive, whether each group is missed equally often.",
        _AMONG_POSITIVE,
        _CHOULDECHOVA,
    ),
    Notion(
        "positive_predictive_value",
        ("positive_predictive_value",),
        r"P(Y = 1 \mid \hat Y = 1, A = a)",
        "Among selected rows, whether the decision is right equally often in every group.",
        _AMONG_SELECTED,
        _CHOULDECHOVA,
    ),
    Notion(
        "negative_predictive_value",
        ("negative_predictive_value",),
        r"P(Y = 0 \mid \hat Y = 0, A = a)",
        "Among rows that were not selected, whether that is right equally often in every group.",
        _AMONG_REJECTED,
        _SALEIRO,
    ),
    Notion(
        "false_discovery_rate",
        ("false_discovery_rate",),
        r"P(Y = 0 \mid \hat Y = 1, A = a)",
        "Among selected rows, whether the decision is wrong equally often in every group.",
        _AMONG_SELECTED,
        _SALEIRO,
    ),
    Notion(
        "false_omission_rate",
        ("false_omission_rate",),
        r"P(Y = 1 \mid \hat Y = 0, A = a)",
        "Among rows that were not selected, whether that is wrong equally often in every group.",
        _AMONG_REJECTED,
        _SALEIRO,
    ),
    Notion(
        "accuracy",
        ("accuracy",),
        r"P(\hat Y = Y \mid A = a)",
        "Whether decisions are right equally often in every group (overall accuracy equality).",
        _BY_LABELS,
        _BERK,
    ),
    Notion(
        "error_rate",
        ("error_rate",),
        r"P(\hat Y \ne Y \mid A = a)",
        "Whether decisions are wrong equally often in every group.",
        _BY_LABELS,
        _BERK,
    ),
    Notion(
        "base_rate",
        ("base_rate",),
        r"P(Y = 1 \mid A = a)",
        "Whether the true label is positive equally often in every group. It is about the data, "
        "not about the model.",
        "Anything about decisions. Unequal base rates make several notions of fairness exclude "
        "one another.",
        "Kleinberg, Mullainathan and Raghavan 2017; Chouldechova 2017",
    ),
    Notion(
        "balanced_accuracy",
        ("balanced_accuracy",),
        r"\frac1K \sum_k P(\hat Y = k \mid Y = k, A = a)",
        "Whether the mean of the classes' recalls is equal in every group, however rare a class.",
        "Which class suffers: a low recall of one can be made up by another.",
        "Brodersen et al. 2010",
        _NO_MAX,
    ),
    Notion(
        "f1",
        ("f1",),
        r"\frac{2 TP_a}{2 TP_a + FP_a + FN_a}",
        "Whether precision and recall of the positive class, put together, are equal in every "
        "group.",
        "Rows rightly left out, which it does not count. It follows the base rate.",
        "van Rijsbergen 1979",
        _NO_MAX,
    ),
    Notion(
        "macro_f1",
        ("macro_f1",),
        r"\frac1K \sum_k \frac{2 TP_{ka}}{2 TP_{ka} + FP_{ka} + FN_{ka}}",
        "Whether the mean of the classes' F1 is equal in every group, each class counting alike.",
        "Which class suffers. It follows the base rates of the classes.",
        "van Rijsbergen 1979; Lewis et al. 1996",
        _NO_MAX,
    ),
    Notion(
        "micro_f1",
        ("micro_f1",),
        r"P(\hat Y = Y \mid A = a)",
        "Whether the F1 over all rows and classes is equal in every group. With one class a row it "
        "is the accuracy.",
        _BY_LABELS,
        "van Rijsbergen 1979; Lewis et al. 1996",
        _NO_MAX,
    ),
    Notion(
        "weighted_f1",
        ("weighted_f1",),
        r"\sum_k P(Y = k \mid A = a) \frac{2 TP_{ka}}{2 TP_{ka} + FP_{ka} + FN_{ka}}",
        "Whether the classes' F1, averaged by how common they are in the group, is equal in every "
        "group.",
        "Rare classes, which hardly count. It follows the base rates of the classes.",
        "van Rijsbergen 1979",
        _NO_MAX,
    ),
)


_STATISTICS = {
    "difference": "Largest difference of {and_plural} between two groups",
    "ratio": "Smallest ratio of {and_plural} between two groups",
    "group_min": "Lowest {or_singular} of any group",
    "group_max": "Highest {or_singular} of any group",
}
_SENTENCES = {
    "difference": "{Or_plural} of two groups lie up to {value} apart.",
    "ratio": "The lowest {or_singular} is {value} times the highest.",
    "group_min": "The lowest {or_singular} of a group is {value}.",
    "group_max": "The highest {or_singular} of a group is {value}.",
}
_TITLES = {"group_min": "Lowest {or_singular}", "group_max": "Highest {or_singular}"}
_FAIR = {"difference": 0.0, "ratio": 1.0, "group_min": 1.0, "group_max": 0.0}
_MEAN = {
    "difference": "Mean of the largest differences of {and_plural} between two groups",
    "ratio": "Mean of the smallest ratios of {and_plural} between two groups",
}
_AVERAGE = "Largest difference between two groups, averaged over {and_plural}"
_EXTREMES = {
    "group_min": "Whether no group falls below a level, as far as this rate tells.",
    "group_max": "Whether no group rises above a level, as far as this rate tells.",
}


def rate_definitions() -> tuple[Definition, ...]:
    """Return one definition for each notion, kind and variant."""
    return tuple(
        entry
        for notion in NOTIONS
        for kind in notion.kinds
        for entry in (_definition(notion, kind), *_variants(notion, kind))
    )


def _definition(
    notion: Notion, kind: str, variant: str = "", statistic: str = "", sentence: str = ""
) -> Definition:
    words = _forms(notion)
    title = _TITLES.get(kind, f"{notion.title} {kind}")
    return Definition(
        id=f"{notion.name}_{kind}{variant}",
        title=title.format(**words),
        statistic=(statistic or _STATISTICS[kind]).format(**words),
        sentence=(sentence or _SENTENCES[kind]).format(value="{value}", **words),
        shows=_EXTREMES.get(kind, notion.shows),
        does_not_show=notion.does_not_show,
        source=notion.source,
        formula=notion.formula,
        fair=_FAIR[kind],
        most=1.0,
    )


def _variants(notion: Notion, kind: str) -> list[Definition]:
    """Return the other ways to put two rates together."""
    if len(notion.rates) == 1 or kind not in _MEAN:
        return []
    mean = f"On average over {{and_plural}}, the {kind} between two groups is {{value}}."
    found = [_definition(notion, kind, ".mean", _MEAN[kind], mean)]
    if kind == "difference":
        average = "Averaged over {and_plural}, two groups lie up to {value} apart."
        found.append(_definition(notion, kind, ".average_odds", _AVERAGE, average))
    return found


def _forms(notion: Notion) -> dict[str, str]:
    """Return the rates in words: "true and false positive rates", "accuracy"."""
    one, *other = (_word(rate) for rate in notion.rates)
    first = one.split()[0]
    singular = f"{first} or {other[0]}" if other else one
    plurals = {word: _plural(f"{first} {word} {other[0]}" if other else one) for word in _JOINTS}
    return {
        "or_singular": singular,
        "and_plural": plurals["and"],
        "Or_plural": plurals["or"][0].upper() + plurals["or"][1:],
    }


_JOINTS = ("and", "or")


def _word(rate: str) -> str:
    return rate.replace("_", " ").replace("f1", "F1")


def _plural(words: str) -> str:
    head, of, tail = words.partition(" of ")
    if head.endswith("accuracy"):
        return f"{head[:-1]}ies"
    return f"{head} scores" if head.endswith("F1") else f"{head}s{of}{tail}"
