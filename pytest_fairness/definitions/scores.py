"""Definitions of metrics on scores: what is measured, told once, times the ways to compare it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from pytest_fairness.definitions.definition import Definition

_BASE_RATES = (
    "Bias that is already in the true labels. Where base rates differ, an imperfect score cannot "
    "both be calibrated in every group and make errors equally often."
)


@dataclass(frozen=True)
class _Measure:
    """What a group's number is, and what its comparison says."""

    name: str
    title: str
    thing: str
    kinds: tuple[str, ...]
    shows: str
    does_not_show: str
    source: str
    formula: str = ""
    best: float = 0.0
    most: float = math.inf
    signed: bool = False


@dataclass(frozen=True)
class _Kind:
    """How the groups' numbers become one."""

    title: str
    statistic: str
    sentence: str


_KINDS = {
    "difference": _Kind(
        "{title} difference",
        "Largest difference between two groups in {thing}",
        "The {thing} of two groups lies up to {{value}} apart.",
    ),
    "ratio": _Kind(
        "{title} ratio",
        "Smallest ratio between two groups of {thing}",
        "The lowest {thing} of a group is {{value}} times the highest.",
    ),
    "group_min": _Kind(
        "Lowest {title} of a group",
        "Lowest value over groups of {thing}",
        "In the group that fares worst, the {thing} is {{value}}.",
    ),
    "group_max": _Kind(
        "Highest {title} of a group",
        "Highest value over groups of {thing}",
        "In the group that fares worst, the {thing} is {{value}}.",
    ),
    "power_mean": _Kind(
        "{title}, mean that leans to the worst",
        "Generalised mean over groups, drawn to the lowest, of {thing}",
        "The mean of the groups, drawn to the lowest, of {thing} is {{value}}.",
    ),
}
_SIGNED_MAX = _Kind(
    "Largest {title} of a group",
    "Largest distance from 0 over groups of {thing}",
    "In one group, the {thing} lies {{value}} from 0.",
)

_BORKAN = "Borkan, Dixon, Sorensen, Thain and Vasserman 2019"
_MEASURES = (
    _Measure(
        name="auc",
        title="AUC",
        thing="area under the ROC curve",
        kinds=("difference", "ratio", "group_min"),
        shows="Whether scores rank positive rows above negative ones equally well within every "
        "group, whatever threshold is used.",
        does_not_show="Whether one group's scores as a whole lie above another's: the comparison "
        "stays within groups. Bias in the true labels.",
        source="Mann and Whitney 1947; Hanley and McNeil 1982; Borkan et al. 2019",
        formula=r"P(S_i > S_j \mid Y_i = 1, Y_j = 0, A_i = A_j = a)",
        best=1.0,
        most=1.0,
    ),
    _Measure(
        name="subgroup_auc",
        title="subgroup AUC",
        thing="area under the ROC curve within the group",
        kinds=("group_min", "power_mean"),
        shows="Whether scores tell positive from negative rows among those that name the group.",
        does_not_show="Whether naming the group moves the score: see BPSN and BNSP.",
        source=_BORKAN,
        best=1.0,
        most=1.0,
    ),
    _Measure(
        name="bpsn_auc",
        title="BPSN AUC",
        thing="share of pairs in which a positive row of the others outscores a negative row of "
        "the group",
        kinds=("group_min", "power_mean"),
        shows="Whether harmless rows of the group score as high as the positive rows of others, "
        "which makes false positives.",
        does_not_show="Positive rows of the group that score too low: see BNSP.",
        source=_BORKAN,
        formula=r"P(S_i > S_j \mid Y_i = 1, A_i \ne a, Y_j = 0, A_j = a)",
        best=1.0,
        most=1.0,
    ),
    _Measure(
        name="bnsp_auc",
        title="BNSP AUC",
        thing="share of pairs in which a positive row of the group outscores a negative row of "
        "the others",
        kinds=("group_min", "power_mean"),
        shows="Whether positive rows of the group score as low as the negative rows of others, "
        "which makes false negatives.",
        does_not_show="Negative rows of the group that score too high: see BPSN.",
        source=_BORKAN,
        formula=r"P(S_i > S_j \mid Y_i = 1, A_i = a, Y_j = 0, A_j \ne a)",
        best=1.0,
        most=1.0,
    ),
    _Measure(
        name="positive_aeg",
        title="positive equality gap",
        thing="average equality gap of positive rows",
        kinds=("group_max",),
        shows="Whether positive rows of each group score neither higher nor lower than positive "
        "rows of the others, over all thresholds.",
        does_not_show="Negative rows, and gaps of opposite sign at different thresholds, which "
        "cancel.",
        source=_BORKAN,
        formula=r"\tfrac12 - P(S_j > S_i \mid Y_i = Y_j = 1, A_i = a, A_j \ne a)",
        most=0.5,
        signed=True,
    ),
    _Measure(
        name="negative_aeg",
        title="negative equality gap",
        thing="average equality gap of negative rows",
        kinds=("group_max",),
        shows="Whether negative rows of each group score neither higher nor lower than negative "
        "rows of the others, over all thresholds.",
        does_not_show="Positive rows, and gaps of opposite sign at different thresholds, which "
        "cancel.",
        source=_BORKAN,
        formula=r"\tfrac12 - P(S_j > S_i \mid Y_i = Y_j = 0, A_i = a, A_j \ne a)",
        most=0.5,
        signed=True,
    ),
    _Measure(
        name="mean_prediction",
        title="mean prediction",
        thing="mean score",
        kinds=("difference", "ratio"),
        shows="Whether groups get the same score on average.",
        does_not_show="Whether scores are right, since true labels are not looked at, and "
        "differences in spread: groups of equal mean can differ in their tails.",
        source="Calders and Verwer 2010; Agarwal, Dudík and Wu 2019",
        formula=r"E[S \mid A = a]",
    ),
    _Measure(
        name="balance_for_positive_class",
        title="balance for the positive class",
        thing="mean score of positive rows",
        kinds=("difference", "ratio"),
        shows="Whether rows whose true label is positive get the same score on average in every "
        "group.",
        does_not_show="Rows whose true label is negative. " + _BASE_RATES,
        source="Kleinberg, Mullainathan and Raghavan 2016",
        formula=r"E[S \mid Y = 1, A = a]",
    ),
    _Measure(
        name="balance_for_negative_class",
        title="balance for the negative class",
        thing="mean score of negative rows",
        kinds=("difference", "ratio"),
        shows="Whether rows whose true label is negative get the same score on average in every "
        "group.",
        does_not_show="Rows whose true label is positive. " + _BASE_RATES,
        source="Kleinberg, Mullainathan and Raghavan 2016",
        formula=r"E[S \mid Y = 0, A = a]",
    ),
    _Measure(
        name="mae",
        title="mean absolute error",
        thing="mean absolute error",
        kinds=("difference", "ratio", "group_max"),
        shows="Whether predictions are off by the same amount on average in every group.",
        does_not_show="Their direction: one group may be rated too high and another too low. Bias "
        "in the true values.",
        source="Agarwal, Dudík and Wu 2019",
        formula=r"E[|S - Y| \mid A = a]",
    ),
    _Measure(
        name="rmse",
        title="root mean squared error",
        thing="root mean squared error",
        kinds=("difference", "ratio", "group_max"),
        shows="Whether predictions are off by the same amount in every group, large errors "
        "counting most.",
        does_not_show="Their direction, and whether a few rows make the difference. Bias in the "
        "true values.",
        source="Agarwal, Dudík and Wu 2019",
        formula=r"\sqrt{E[(S - Y)^2 \mid A = a]}",
    ),
    _Measure(
        name="mean_residual",
        title="mean residual",
        thing="mean of prediction less true value",
        kinds=("difference", "group_max"),
        shows="Whether predictions lean as far up or down in every group.",
        does_not_show="Errors in both directions, which cancel in the mean. Bias in the true "
        "values.",
        source="Calders, Karim, Kamiran, Ali and Zhang 2013",
        formula=r"E[S - Y \mid A = a]",
        signed=True,
    ),
    _Measure(
        name="mean_loss",
        title="mean loss",
        thing="mean loss",
        kinds=("difference", "group_max"),
        shows="Whether no group bears more loss than the limit allows (bounded group loss).",
        does_not_show="Whether groups differ below the limit. A limit has to come from the task. "
        "Bias in the true values.",
        source="Agarwal, Dudík and Wu 2019",
        formula=r"E[\ell(Y, S) \mid A = a]",
    ),
    _Measure(
        name="ece",
        title="expected calibration error",
        thing="expected calibration error",
        kinds=("difference", "group_max"),
        shows="Whether scores mean the same in every group: of rows scored 0.8, are 80 in 100 "
        "positive.",
        does_not_show="Errors within a bin that cancel, and whether scores tell rows apart. "
        "Calibrated scores can still make errors unequally often where base rates differ.",
        source="Naeini, Cooper and Hauskrecht 2015; Guo et al. 2017; debiased as in Kumar, Liang "
        "and Ma 2019",
        formula=r"\sum_b \frac{n_b}{n} |\bar y_b - \bar s_b|",
        most=1.0,
    ),
    _Measure(
        name="squared_calibration_error",
        title="squared calibration error",
        thing="squared calibration error",
        kinds=("difference", "group_max"),
        shows="Whether scores mean the same in every group. Free of the bias that makes small "
        "groups look worse calibrated.",
        does_not_show="Errors within a bin that cancel, and whether scores tell rows apart.",
        source="Bröcker 2012; Ferro and Fricker 2012; Kumar, Liang and Ma 2019",
        formula=r"\sum_b \frac{n_b}{n} (\bar y_b - \bar s_b)^2",
        most=1.0,
    ),
    _Measure(
        name="max_calibration_error",
        title="calibration within groups",
        thing="largest distance in a bin of the mean score from the share of positives",
        kinds=("group_max",),
        shows="Whether, in every group and at every level of score, the score is the share of "
        "positives.",
        does_not_show="Bins without rows, and how much is chance: the largest of many distances "
        "is above 0 even for a calibrated score.",
        source="Kleinberg, Mullainathan and Raghavan 2016; Naeini, Cooper and Hauskrecht 2015",
        formula=r"\max_b |\bar y_b - \bar s_b|",
        most=1.0,
    ),
    _Measure(
        name="brier",
        title="Brier score",
        thing="Brier score",
        kinds=("difference", "ratio", "group_max"),
        shows="Whether probabilities are as near to what happened in every group.",
        does_not_show="Why: a group whose base rate is nearer to one half has a larger score even "
        "under the best forecast. See its parts.",
        source="Brier 1950; Murphy 1973",
        formula=r"E[(S - Y)^2 \mid A = a]",
        most=1.0,
    ),
    _Measure(
        name="calibration_slope",
        title="calibration slope",
        thing="calibration slope",
        kinds=("difference",),
        shows="Whether scores are as over- or underconfident in every group; a slope below 1 is "
        "overconfident.",
        does_not_show="Whether scores are too high or too low as a whole: see the intercept.",
        source="Cox 1958; Van Calster et al. 2019",
        formula=r"b: \mathrm{logit} P(Y = 1) = a + b \, \mathrm{logit} S",
    ),
    _Measure(
        name="calibration_intercept",
        title="calibration intercept",
        thing="calibration intercept",
        kinds=("difference", "group_max"),
        shows="Whether scores are as much too high or too low in every group; an intercept below "
        "0 is too high.",
        does_not_show="Whether scores are too extreme: see the slope.",
        source="Cox 1958; Van Calster et al. 2019",
        formula=r"a: \mathrm{logit} P(Y = 1) = a + \mathrm{logit} S",
        signed=True,
    ),
    _Measure(
        name="coverage",
        title="coverage",
        thing="share of rows that are answered",
        kinds=("difference", "group_min"),
        shows="Whether the model is sure enough to answer equally often in every group.",
        does_not_show="Whether the answers are right: see selective accuracy.",
        source="Geifman and El-Yaniv 2017; Jones et al. 2021",
        formula=r"P(C \ge t \mid A = a)",
        best=1.0,
        most=1.0,
    ),
    _Measure(
        name="selective_accuracy",
        title="selective accuracy",
        thing="accuracy on the rows that are answered",
        kinds=("difference", "group_min"),
        shows="Whether answers that the model is sure of are right equally often in every group.",
        does_not_show="How many rows are left without an answer: see coverage.",
        source="Geifman and El-Yaniv 2017; Jones et al. 2021",
        formula=r"P(\hat Y = Y \mid C \ge t, A = a)",
        best=1.0,
        most=1.0,
    ),
    _Measure(
        name="selective_risk",
        title="selective risk",
        thing="error rate on the rows that are answered",
        kinds=("difference", "group_max"),
        shows="Whether answers that the model is sure of are wrong equally often in every group.",
        does_not_show="How many rows are left without an answer: see coverage.",
        source="Geifman and El-Yaniv 2017; Jones et al. 2021",
        formula=r"P(\hat Y \ne Y \mid C \ge t, A = a)",
        most=1.0,
    ),
    _Measure(
        name="aurc",
        title="area under the risk-coverage curve",
        thing="area under the risk-coverage curve",
        kinds=("difference", "group_max"),
        shows="Whether confidence tells right from wrong answers as well in every group, whatever "
        "the threshold.",
        does_not_show="One threshold in use. A group with more errors has a larger area even where "
        "confidence sorts them perfectly.",
        source="Geifman and El-Yaniv 2017; Geifman, Uziel and El-Yaniv 2019",
        most=1.0,
    ),
)


def _generated(measure: _Measure, name: str) -> Definition:
    signed = measure.signed and name == "group_max"
    kind = _SIGNED_MAX if signed else _KINDS[name]
    words = {"title": measure.title, "thing": measure.thing}
    title = kind.title.format(**words)
    return Definition(
        id=f"{measure.name}_{name}",
        title=title[:1].upper() + title[1:],
        statistic=kind.statistic.format(**words),
        sentence=kind.sentence.format(**words),
        shows=measure.shows,
        does_not_show=measure.does_not_show,
        source=measure.source,
        formula=measure.formula,
        fair={"difference": 0.0, "ratio": 1.0}.get(name, measure.best),
        most=1.0 if name == "ratio" else measure.most,
    )


_BETWEEN_GROUPS = (
    Definition(
        id="xauc_difference",
        title="xAUC difference",
        statistic="Largest difference, for two groups, between how often positive rows of the one "
        "outscore negative rows of the other and the reverse",
        sentence="How often a positive row of one group outscores a negative row of another "
        "differs by up to {value} when the two change places.",
        shows="Whether ranking all groups in one list treats their positive and negative rows "
        "alike.",
        does_not_show="How well scores rank within a group: see AUC. Bias in the true labels.",
        source="Kallus and Zhou 2019",
        formula=r"|P(S_i > S_j \mid Y_i = 1, a, Y_j = 0, b) - P(S_j > S_i \mid Y_j = 1, b, "
        r"Y_i = 0, a)|",
        most=1.0,
    ),
    Definition(
        id="wasserstein_difference",
        title="Wasserstein distance of scores",
        statistic="Largest Wasserstein-1 distance between the score distributions of two groups",
        sentence="To give two groups the same scores, they would have to move by {value} on "
        "average.",
        shows="Whether scores are distributed alike in every group, so that every threshold "
        "selects alike.",
        does_not_show="Whether scores are right: true labels are not looked at. In small groups "
        "the number is above 0 by chance alone.",
        source="Jiang, Pacchiano, Stepleton, Jiang and Chiappa 2020",
        formula=r"\int |F_a(t) - F_b(t)| \, dt",
    ),
    Definition(
        id="ks_difference",
        title="Kolmogorov-Smirnov distance of scores",
        statistic="Largest difference between two groups, over all thresholds, in selection rate",
        sentence="At one threshold, selection rates of two groups lie {value} apart.",
        shows="Whether every threshold on the score selects alike in every group.",
        does_not_show="Whether scores are right: true labels are not looked at. In small groups "
        "the number is above 0 by chance alone.",
        source="Agarwal, Dudík and Wu 2019",
        formula=r"\sup_t |F_a(t) - F_b(t)|",
        most=1.0,
    ),
)
_INDIVIDUAL = (
    Definition(
        id="consistency_score",
        title="Consistency",
        statistic="One less the mean distance of a row's prediction from that of its nearest rows",
        sentence="Predictions agree with those of similar rows to {value} of what is possible.",
        shows="Whether rows that lie near each other are treated alike.",
        does_not_show="Whether the distance is the right one, which is the whole question. A "
        "constant prediction is perfectly consistent.",
        source="Zemel, Wu, Swersky, Pitassi and Dwork 2013",
        formula=r"1 - \frac1n \sum_i |\hat y_i - \frac1k \sum_{j \in kNN(i)} \hat y_j|",
        fair=1.0,
        most=1.0,
    ),
    Definition(
        id="lipschitz_violation_rate",
        title="Lipschitz violation rate",
        statistic="Share of pairs of rows whose scores lie farther apart than their distance "
        "allows",
        sentence="In {value} of pairs, scores lie farther apart than the rows do.",
        shows="Whether similar rows get similar scores.",
        does_not_show="Whether the distance is the right one, which is the whole question.",
        source="Dwork, Hardt, Pitassi, Reingold and Zemel 2012",
        formula=r"P(|f(x) - f(z)| > L \, d(x, z))",
        units="pairs",
        most=1.0,
    ),
    Definition(
        id="lipschitz_constant",
        title="Lipschitz constant",
        statistic="Largest ratio, over pairs of rows, of the distance of scores to that of rows",
        sentence="Scores of two rows lie up to {value} times as far apart as the rows do.",
        shows="How far apart similar rows can be scored at worst.",
        does_not_show="How common that is, and whether the distance is the right one.",
        source="Dwork, Hardt, Pitassi, Reingold and Zemel 2012",
        formula=r"\max |f(x) - f(z)| / d(x, z)",
        units="pairs",
    ),
    Definition(
        id="leakage",
        title="Leakage",
        statistic="Accuracy of a probe that guesses the group, less that of always naming the "
        "largest group",
        sentence="From these numbers, the group can be told {value} more often than by naming the "
        "largest.",
        shows="Whether a linear probe can tell the group from these numbers.",
        does_not_show="What a stronger probe could tell: no leakage for this probe is not "
        "erasure. Being readable is not yet being used.",
        source="Elazar and Goldberg 2018; Wang et al. 2019",
        least=-1.0,
        most=1.0,
    ),
)
SCORES: tuple[Definition, ...] = (
    *(_generated(measure, kind) for measure in _MEASURES for kind in measure.kinds),
    *_BETWEEN_GROUPS,
    *_INDIVIDUAL,
)
