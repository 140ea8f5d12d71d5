"""Definitions of metrics on any number of classes, and of those on numbers of whole data sets."""

from __future__ import annotations

import math

from pytest_fairness.definitions.definition import Definition

_DISTRIBUTION = "Whether every class is predicted equally often in every group."
_NO_LABELS = "Whether predictions are right: the true labels are not looked at."
_LABEL_BIAS = "Bias that is already in the true labels, and which differences matter most."


_TITLES = {"cramers_v": "Cramer's V", "theils_u": "Theil's U", "kl_divergence": "KL divergence"}


def _entry(
    id: str,
    statistic: str,
    sentence: str,
    shows: str,
    does_not_show: str,
    source: str,
    formula: str = "",
    *,
    fair: float = 0.0,
    least: float = 0.0,
    most: float = math.inf,
) -> Definition:
    title = id.partition(".")[0].replace("_", " ")
    return Definition(
        id=id,
        title=_TITLES.get(id, title[0].upper() + title[1:]),
        statistic=statistic,
        sentence=sentence,
        shows=shows,
        does_not_show=does_not_show,
        source=source,
        formula=formula,
        fair=fair,
        least=least,
        most=most,
    )


PROFILES = (
    _entry(
        "class_parity_difference",
        "Largest difference between two groups in how often a class is predicted",
        "A class is predicted up to {value} more often in one group than in another.",
        _DISTRIBUTION,
        _NO_LABELS,
        "Denis, Elie, Hebiri and Hu 2021",
        r"P(\hat Y = k \mid A = a)",
        most=1.0,
    ),
    _entry(
        "total_variation_difference",
        "Largest total variation distance between two groups' predicted classes",
        "The predicted classes of two groups lie up to {value} apart in total variation.",
        _DISTRIBUTION,
        _NO_LABELS,
        "Alghamdi et al. 2022",
        r"\frac12 \sum_k |P(\hat Y = k \mid A = a) - P(\hat Y = k \mid A = b)|",
        most=1.0,
    ),
    _entry(
        "class_tpr_gap_rms",
        "Largest root mean square, over classes, of the difference of two groups' true positive "
        "rates",
        "Over classes, true positive rates of two groups differ by up to {value} (root mean "
        "square).",
        "Whether each class is found equally often in every group, all classes counting alike.",
        _LABEL_BIAS,
        "De-Arteaga et al. 2019; Han et al. 2022",
        r"\sqrt{\frac1K \sum_k (TPR_{ka} - TPR_{kb})^2}",
        most=1.0,
    ),
    _entry(
        "multiclass_equalized_odds_difference",
        "Largest difference between two groups in how often one class is predicted for another",
        "For some true class, a class is predicted up to {value} more often in one group than in "
        "another.",
        "Whether rows with the same true class get every class equally often in every group.",
        _LABEL_BIAS,
        "Putzel and Lee 2022",
        r"P(\hat Y = k \mid Y = j, A = a)",
        most=1.0,
    ),
    _entry(
        "ordinal_parity_difference",
        "Largest difference between two groups in how often at most some class is predicted",
        "At most some class is predicted up to {value} more often in one group than in another.",
        "Whether predictions on an ordered scale lie equally high in every group.",
        _NO_LABELS,
        "Kolmogorov 1933, as demographic parity of every threshold",
        r"P(\hat Y \le k \mid A = a)",
        most=1.0,
    ),
)

OTHERS = (
    _entry(
        "label_parity_difference",
        "Largest difference between two groups in how often a label is predicted",
        "A label is predicted up to {value} more often in one group than in another.",
        "Whether every label of many is predicted equally often in every group.",
        _NO_LABELS,
        "Demographic parity of each label",
        most=1.0,
    ),
    _entry(
        "label_set_jaccard_difference",
        "Largest difference between two groups in the mean overlap of predicted and true labels",
        "The overlap of predicted and true labels of two groups lies up to {value} apart.",
        "Whether sets of labels are predicted equally well in every group.",
        _LABEL_BIAS,
        "Jaccard 1901",
        most=1.0,
    ),
    _entry(
        "average_odds_difference",
        "Mean of the signed differences in true and false positive rate from a reference group",
        "Averaged over true and false positive rates, a group lies {value} from the reference.",
        "Whether a group is favoured on the whole, given true labels, beside the reference.",
        "Differences of opposite sign, which cancel.",
        "Bellamy et al. 2018",
        least=-1.0,
        most=1.0,
    ),
    _entry(
        "average_absolute_odds_difference",
        "Largest mean of two groups' absolute differences in true and false positive rate",
        "Averaged over true and false positive rates, two groups lie up to {value} apart.",
        "Whether rows with the same true label are treated alike in every group.",
        _LABEL_BIAS,
        "Bellamy et al. 2018",
        most=1.0,
    ),
    *(
        _entry(
            f"{name}{variant}",
            f"{how} of the groups' absolute differences in {rate} from that of all rows",
            f"Differences in {rate} from that of all rows {verb} {{value}}.",
            f"Whether every group has nearly the {rate} of all rows.",
            "Which group differs; a sum grows with the number of groups.",
            "Dixon, Li, Sorensen, Thain and Vasserman 2018",
        )
        for name, rate in (("fped", "false positive rate"), ("fned", "false negative rate"))
        for variant, how, verb in (("", "Sum", "add up to"), (".mean", "Mean", "are on average"))
    ),
    _entry(
        "conditional_demographic_disparity",
        "Share of a group among the rejected less its share among the accepted, averaged over "
        "strata",
        "The group's share among the rejected exceeds that among the accepted by {value}.",
        "Whether a group is over-represented among the rejected, within like strata.",
        "Whether decisions are right, and whether strata are fair to compare within.",
        "Wachter, Mittelstadt and Russell 2021",
        least=-1.0,
        most=1.0,
    ),
    _entry(
        "class_imbalance",
        "Share of other groups less the share of the reference group",
        "The other groups' share of the rows less the reference group's is {value}.",
        "Whether the data hold as many rows of the reference group as of the others.",
        "Anything about decisions.",
        "Hardt et al. 2021",
        least=-1.0,
        most=1.0,
    ),
    _entry(
        "kl_divergence",
        "Divergence of a group's classes from the reference group's",
        "A group's classes diverge from the reference group's by {value} nats.",
        "Whether classes are distributed alike in two groups.",
        "Which class differs, and in which direction.",
        "Kullback and Leibler 1951",
    ),
    _entry(
        "cramers_v",
        "Strength of association between group and predicted class (Cramer's V, corrected)",
        "Group and predicted class are associated with a strength of {value}.",
        "Whether predicted classes depend on the group at all.",
        "Which group is favoured, and whether predictions are right.",
        "Cramer 1946; Bergsma 2013",
        most=1.0,
    ),
    _entry(
        "theils_u",
        "Share of the uncertainty about the predicted class that the group removes",
        "Knowing the group removes {value} of the uncertainty about the predicted class.",
        "Whether predicted classes depend on the group at all.",
        "Which group is favoured, and whether predictions are right.",
        "Theil 1970",
        r"I(\hat Y; A) / H(\hat Y)",
        most=1.0,
    ),
    _entry(
        "normalized_mutual_information",
        "Mutual information of group and predicted class over the mean of their entropies",
        "Group and predicted class share {value} of their information.",
        "Whether predicted classes depend on the group at all.",
        "Which group is favoured, and whether predictions are right.",
        "Steinberg et al. 2020",
        r"2 I(\hat Y; A) / (H(\hat Y) + H(A))",
        most=1.0,
    ),
    _entry(
        "differential_fairness_epsilon",
        "Largest log ratio between two groups of how often a class is predicted, smoothed",
        "Between two groups, the log of the ratio of a class's rates is up to {value}.",
        "Whether any outcome is several times likelier in one intersection of groups than another.",
        "Whether predictions are right. The smoothing decides the number where cells are small.",
        "Foulds, Islam, Keya and Pan 2020",
        r"\max |\ln P(\hat Y = y \mid a) - \ln P(\hat Y = y \mid b)|",
    ),
    _entry(
        "differential_fairness_bias_amplification",
        "Differential fairness epsilon of the predictions less that of the labels",
        "Predictions have an epsilon that is {value} larger than that of the labels.",
        "Whether the model makes groups differ more than its labels do.",
        "Bias that labels and predictions share.",
        "Foulds, Islam, Keya and Pan 2020",
        least=-math.inf,
    ),
    _entry(
        "worst_case_ratio",
        "Lowest rate of any intersection of groups over the highest",
        "The lowest rate of an intersection is {value} times the highest.",
        "Whether no combination of attributes is left far behind another.",
        "Combinations too rare to be measured.",
        "Ghosh, Genuit and Reagan 2021",
        fair=1.0,
        most=1.0,
    ),
    _entry(
        "subgroup_fairness_violation",
        "Largest product of a subgroup's share and its rate's difference from that of all rows",
        "A subgroup's share times its difference from the rate of all rows is up to {value}.",
        "Whether a sizeable subgroup, by any combination of attributes, differs from all rows.",
        "Small subgroups, which hardly count, however badly they fare.",
        "Kearns, Neel, Roth and Wu 2018",
        r"P(g) \, |r - r_g|",
        most=1.0,
    ),
    _entry(
        "bias_amplification",
        "How much more the predictions tie classes to groups than the labels do",
        "Predictions tie classes to groups by {value} more than labels do.",
        "Whether the model strengthens the ties between classes and groups in its labels.",
        "Ties that labels and predictions share, and their causes.",
        "Zhao et al. 2017",
        least=-1.0,
        most=1.0,
    ),
    _entry(
        "directional_bias_amplification",
        "How much more the predicted class depends on the group than the label does",
        "Predicted classes depend on the group by {value} more than labels do.",
        "Whether the model strengthens the dependence of classes on groups that its labels have.",
        "Dependence that labels and predictions share, and its causes.",
        "Wang and Russakovsky 2021",
        least=-1.0,
        most=1.0,
    ),
    _entry(
        "generalized_entropy_index",
        "Inequality of the benefits of decisions (generalised entropy, alpha 2)",
        "Benefits are unequal by an index of {value}.",
        "Whether errors favour some people over others, whoever they are.",
        "Which group is affected: a model that errs for all alike scores low.",
        "Speicher et al. 2018",
    ),
    _entry(
        "theil_index",
        "Inequality of the benefits of decisions (Theil index)",
        "Benefits are unequal by a Theil index of {value}.",
        "Whether errors favour some people over others, whoever they are.",
        "Which group is affected: a model that errs for all alike scores low.",
        "Theil 1967; Speicher et al. 2018",
    ),
    _entry(
        "between_group_entropy_index",
        "Part of the inequality of benefits that lies between groups",
        "Mean benefits of groups are unequal by an index of {value}.",
        "Whether errors favour some groups over others on average.",
        "Inequality within groups.",
        "Speicher et al. 2018",
    ),
    _entry(
        "representation_distance",
        "Total variation distance of the groups' shares of mentions from the reference shares",
        "Shares of mentions lie {value} from the reference.",
        "Whether groups are mentioned as often as the reference says.",
        "How they are spoken of.",
        "Liang et al. 2023",
        most=1.0,
    ),
)
