"""Definitions of checks that hold several metrics to one limit."""

from __future__ import annotations

from pytest_fairness.definitions.definition import Definition

JOINT: tuple[Definition, ...] = (
    Definition(
        id="balance_for_both_classes_difference",
        title="Balance for both classes",
        statistic="Largest difference between two groups in the mean score of their positive rows, "
        "or of their negative rows",
        sentence="Mean scores of rows of one class lie up to {value} apart between two groups.",
        shows="Whether those who are alike in truth get like scores on average in every group.",
        does_not_show="Whether scores are calibrated: where base rates differ, an imperfect score "
        "cannot be both.",
        source="Kleinberg, Mullainathan and Raghavan (2016)",
        formula=r"E[S \mid Y = y, A = a]",
    ),
    Definition(
        id="class_recall_difference",
        title="Class recall difference",
        statistic="Largest difference between two groups in the true positive rate of any class",
        sentence="True positive rates of one class lie up to {value} apart between two groups.",
        shows="Whether those who belong to a class are recognised equally often in every group, "
        "for every class.",
        does_not_show="Which wrong class the others are put into, and bias in the true labels.",
        source="De-Arteaga et al. (2019)",
        formula=r"P(\hat Y = k \mid Y = k, A = a)",
        most=1.0,
    ),
    Definition(
        id="class_recall_rms_difference",
        title="Root mean square of class recall differences",
        statistic="Largest root mean square, over classes, of the differences between two groups' "
        "true positive rates",
        sentence="True positive rates of classes lie {value} apart between two groups, as a root "
        "mean square.",
        shows="Whether those who belong to a class are recognised equally often in every group, "
        "on the whole of the classes.",
        does_not_show="A single class with a wide gap, which the mean over many can hide.",
        source="De-Arteaga et al. (2019); Han et al. (2022)",
        formula=r"P(\hat Y = k \mid Y = k, A = a)",
        most=1.0,
    ),
    Definition(
        id="bias_auc_group_min",
        title="Lowest of the three bias AUCs",
        statistic="Lowest over groups of the subgroup AUC, the BPSN AUC and the BNSP AUC",
        sentence="The lowest of the areas by which scores rank a group, within it and against the "
        "background, is {value}.",
        shows="Whether one threshold could serve every group: its rows are ranked well among "
        "themselves and among all others.",
        does_not_show="Whether the threshold in use does.",
        source="Borkan et al. (2019)",
        fair=1.0,
        most=1.0,
    ),
    Definition(
        id="performance_difference",
        title="Performance difference",
        statistic="Largest difference between two groups in a performance that a function of the "
        "caller measures",
        sentence="The performance lies up to {value} apart between two groups.",
        shows="Whether the model does nearly as well for every group, as the function has it.",
        does_not_show="Whether it does well, and which kind of error lies behind the number.",
        source="The caller's function",
        most=1.0,
    ),
    Definition(
        id="performance_ratio",
        title="Performance ratio",
        statistic="Smallest ratio of a group's performance to another's, which a function of the "
        "caller measures",
        sentence="The performance of one group is {value} times that of another.",
        shows="Whether the model does nearly as well for every group, as the function has it.",
        does_not_show="Whether it does well, and which kind of error lies behind the number.",
        source="The caller's function",
        fair=1.0,
        most=1.0,
    ),
    Definition(
        id="performance_group_min",
        title="Lowest performance of a group",
        statistic="Lowest performance of any group, which a function of the caller measures",
        sentence="The lowest performance of a group is {value}.",
        shows="Whether the model does well enough for every group, as the function has it.",
        does_not_show="How far the groups lie apart above that floor.",
        source="The caller's function",
        fair=1.0,
        most=1.0,
    ),
)
