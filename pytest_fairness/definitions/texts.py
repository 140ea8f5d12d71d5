"""Definitions of metrics on models on pairs of texts."""

from __future__ import annotations

from pytest_fairness.definitions.definition import Definition

_NOT_THESE_TEXTS = "Texts unlike these, and whether an answer is right."

TEXTS: tuple[Definition, ...] = (
    Definition(
        id="counterfactual_score_change",
        title="Score change of a pair",
        statistic="Largest change of any label's score when the text speaks of another group",
        sentence="A score moves by {value} with the group in the text.",
        shows="Whether these two texts, alike but for the group they speak of, score alike.",
        does_not_show="How pairs that were not compared score, or how often one like this occurs.",
        source="Garg et al. 2019",
        formula=r"\max_{\ell} |g_\ell(x) - g_\ell(x')|",
        units="pairs",
        most=1.0,
    ),
    Definition(
        id="flip_rate",
        title="Flip rate",
        statistic="Share of valid pairs whose predicted label changes when the text speaks of "
        "another group",
        sentence="In {value} of pairs the decision changes with the group in the text.",
        shows="How often the decision depends on who the text speaks of, in texts like these.",
        does_not_show="Texts unlike these, and whether an answer is right. A swap of words is no "
        "causal model.",
        source="Garg et al. 2019; Ribeiro et al. 2020",
        formula=r"\frac1n \sum_i [f(x_i) \ne f(x_i')]",
        units="pairs",
        most=1.0,
    ),
    Definition(
        id="excess_flip_rate",
        title="Excess flip rate",
        statistic="Flip rate when the text speaks of another group, less the flip rate when the "
        "same text gets another term of the same group",
        sentence="The decision changes with the group in {value} more of the pairs than with a "
        "term of the same group.",
        shows="How often the decision depends on the group itself, beyond what any change of a "
        "name does to this model.",
        does_not_show="How often decisions change at all: a model that flips on every name has no "
        f"excess. {_NOT_THESE_TEXTS}",
        source="Ribeiro et al. 2020; difference from a placebo edit",
        formula=r"\frac1n \sum_i ([f(x_i) \ne f(x_i')] - [f(x_i) \ne f(\tilde x_i)])",
        units="pairs",
        least=-1.0,
        most=1.0,
    ),
    Definition(
        id="bias_loss",
        title="Bias loss",
        statistic="Increase of the mean loss when the text speaks of another group",
        sentence="The mean loss rises by {value} when the text speaks of another group.",
        shows="Whether the model errs more about texts like these once they speak of others.",
        does_not_show="How often it errs at all, and single answers: losses that rise here and "
        "fall there cancel.",
        source="Garg et al. 2019; Shapley 1953 for the split",
        formula=r"E[\ell(M(x + \delta), y)] - E[\ell(M(x), y)]",
        units="pairs",
        least=-6.908,
        most=6.908,
    ),
    Definition(
        id="mean_shift",
        title="Mean shift",
        statistic="Largest mean change of a score between two groups over pairs of texts that "
        "differ only in the group",
        sentence="On average, scores move by {value} with the group in the text.",
        shows="Whether scores lean towards one group on average, in texts like these.",
        does_not_show="Single pairs: large moves in both directions cancel in a mean. Texts unlike "
        "these, and causes.",
        source="Kiritchenko and Mohammad 2018",
        formula=r"\max_{a,b} |\frac1n \sum_i (g(x_i^a) - g(x_i^b))|",
        units="pairs",
        most=1.0,
    ),
    Definition(
        id="counterfactual_token_fairness_gap",
        title="Counterfactual token fairness gap",
        statistic="Mean distance of a score between two texts that differ only in the group",
        sentence="Scores of two texts that differ only in the group lie {value} apart on average.",
        shows="How far scores depend on who the text speaks of, whatever the direction.",
        does_not_show="Which group the scores lean to, and the largest distance of a single pair. "
        f"{_NOT_THESE_TEXTS}",
        source="Garg et al. 2019",
        formula=r"\frac1n \sum_i |g(x_i) - g(x_i')|",
        units="pairs",
        most=1.0,
    ),
    Definition(
        id="score_sense",
        title="Score sensitivity",
        statistic="Largest distance by which one name moves the score on average, from the text as "
        "written or from the mean over the names",
        sentence="One of the names moves the score by {value} on average.",
        shows="Whether any of these names raises or lowers the score on average.",
        does_not_show="Other names, and moves that cancel over the texts.",
        source="Prabhakaran et al. 2019",
        formula=r"\max_n |E_x[g(x_n) - g(x)]|",
        units="texts",
        most=1.0,
    ),
    Definition(
        id="score_dev",
        title="Score deviation",
        statistic="Mean over texts of the score's standard deviation over names",
        sentence="Within a text, the score varies over the names with a standard deviation of "
        "{value} on average.",
        shows="How far the score of a text depends on which of these names stands in it.",
        does_not_show="Which name is favoured, and other names.",
        source="Prabhakaran et al. 2019",
        formula=r"E_x[\mathrm{std}_n \, g(x_n)]",
        units="texts",
        most=0.5,
    ),
    Definition(
        id="label_distance",
        title="Label distance",
        statistic="Mean over names of the Jaccard distance between the texts that are positive as "
        "written and those that are with the name",
        sentence="With a name put in, the set of positive texts changes by {value} on average.",
        shows="How far these names change which texts get the positive label.",
        does_not_show="Which name is favoured, and other names.",
        source="Prabhakaran et al. 2019",
        formula=r"E_n[1 - |P \cap P_n| / |P \cup P_n|]",
        units="texts",
        most=1.0,
    ),
    Definition(
        id="worst_case_rate",
        title="Worst-case failure rate",
        statistic="Share of texts that get a wrong label under at least one of their variants",
        sentence="Of the texts, {value} get a wrong label under at least one variant.",
        shows="How often some variant of a text breaks the answer.",
        does_not_show="How many variants do, and other variants: the rate grows with their number.",
        source="Liang et al. 2023",
        formula=r"\frac1n \sum_i \max_k [f(x_{ik}) \ne y_i]",
        units="texts",
        most=1.0,
    ),
    Definition(
        id="directional_expectation_failure_rate",
        title="Directional expectation failure rate",
        statistic="Share of pairs whose score does not move as it should when the text is edited",
        sentence="In {value} of pairs the score does not move as it should.",
        shows="How often an edit with a known effect has it.",
        does_not_show="Whether the score is right before or after, and edits unlike these.",
        source="Ribeiro et al. 2020",
        units="pairs",
        most=1.0,
    ),
    Definition(
        id="minimum_functionality_failure_rate",
        title="Minimum functionality failure rate",
        statistic="Share of simple test cases that get a wrong label",
        sentence="Of the test cases, {value} get a wrong label.",
        shows="How often the model errs on cases that it must be able to do.",
        does_not_show="Harder cases, and whether errors fall on one group more than on another.",
        source="Ribeiro et al. 2020",
        units="cases",
        most=1.0,
    ),
)
