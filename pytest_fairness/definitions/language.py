"""Definitions of metrics on language models."""

from __future__ import annotations

from pytest_fairness.definitions.definition import Definition

_INTRINSIC = (
    "How people are treated by what is built on the model: likelihoods and vectors tell little of "
    "that."
)

LANGUAGE: tuple[Definition, ...] = (
    Definition(
        id="benchmark_deviation",
        title="Distance from the fair score of a benchmark",
        statistic="Distance of a benchmark's number from the value that means fair",
        sentence="The benchmark's number lies {value} from the value that means fair.",
        shows="Whether the model is near fair on this benchmark's items.",
        does_not_show=f"Other texts, languages and groups. {_INTRINSIC}",
        source="The benchmark's own paper",
        formula=r"|s - s_{\text{fair}}|",
        units="items",
    ),
    Definition(
        id="stereotype_preference",
        title="Distance of the stereotype score from one half",
        statistic="Distance from one half of the share of pairs whose more stereotyping sentence "
        "is likelier",
        sentence="The share of pairs with the stereotype likelier lies {value} from one half.",
        shows="Whether the model finds stereotypes likelier than their opposites, on such pairs.",
        does_not_show=_INTRINSIC,
        source="Nangia et al. 2020",
        formula=r"\left|\frac1n \sum_i [\ell(x_i) > \ell(x_i')] - \frac12\right|",
        units="pairs",
        most=0.5,
    ),
    Definition(
        id="likelihood_difference",
        title="Difference of log-likelihood between groups",
        statistic="Largest distance from zero of the mean difference of log-likelihood, by "
        "default per byte, between two groups",
        sentence="Texts of two groups differ by {value} nats on average, by default per byte.",
        shows="Whether the model finds texts about one group likelier, all else equal.",
        does_not_show=f"Why: a rarer name is less likely by itself. {_INTRINSIC}",
        source="Smith et al. 2022; Brown et al. 2020 (normalised)",
        formula=r"\max_{a,b} \left|\frac1n \sum_i (\bar\ell(x_i^a) - \bar\ell(x_i^b))\right|",
        units="pairs",
    ),
    Definition(
        id="association_effect_size",
        title="Association effect size",
        statistic="Distance from zero of the effect size of the word embedding association test",
        sentence="The association has an effect size of {value}.",
        shows="Whether two sets of words lie alike to two others in this space of vectors.",
        does_not_show=_INTRINSIC,
        source="Caliskan et al. 2017; May et al. 2019",
        formula=r"|\bar s_X - \bar s_Y| / \mathrm{sd}_{X \cup Y}(s)",
        units="words",
    ),
    Definition(
        id="generation_difference",
        title="Difference of generations between groups",
        statistic="Largest distance from zero of the mean difference between two groups of a score "
        "of generated texts, same seeds for both",
        sentence="A score of generated texts differs by {value} between groups.",
        shows="Whether the model writes alike of two groups, as far as the scorer can tell.",
        does_not_show="What the scorer cannot tell, and its own bias: test the scorer too.",
        source="Huang et al. 2020; Dhamala et al. 2021",
        formula=r"\max_{a,b} \left|\frac1n \sum_i (s(g(x_i^a)) - s(g(x_i^b)))\right|",
        units="prompts",
    ),
    Definition(
        id="choice_flip_rate",
        title="Choice flip rate",
        statistic="Share of questions whose chosen option changes when options stand in another "
        "order",
        sentence="In {value} of questions the choice changes with the order of the options.",
        shows="Whether choices depend on where an option stands.",
        does_not_show="Whether a choice is right, or fair.",
        source="Pezeshkpour and Hruschka 2024",
        formula=r"\frac1n \sum_i [c(q_i) \ne c(\pi(q_i))]",
        units="questions",
        most=1.0,
    ),
    Definition(
        id="judge_error_rate",
        title="Error rate of a judge",
        statistic="Share of texts that the judge decides otherwise than people",
        sentence="The judge decides otherwise than people of {value} of the texts.",
        shows="Whether the judge says what people say of texts like these.",
        does_not_show="Whether it does so of all groups alike.",
        source="Zheng et al. 2023",
        formula=r"\frac1n \sum_i [j(x_i) \ne y_i]",
        units="texts",
        most=1.0,
    ),
)
