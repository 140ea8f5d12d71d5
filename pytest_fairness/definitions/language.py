"""Definitions of metrics on language models."""

from __future__ import annotations

from pytest_fairness.definitions.definition import Definition

_INTRINSIC = (
    "How people are treated by what is built on the model: likelihoods and vectors tell little of "
    "that."
)

_LIKELIHOODS = {
    "likelihood_difference": " per byte",
    "likelihood_difference.token": " per token",
    "likelihood_difference.total": "",
}
_SCORER = "What the scorer cannot tell, and its own bias: test the scorer too."
_TOXICITY = {
    "expected_maximum": (
        "Expected maximum toxicity",
        "Mean over prompts of the largest toxicity of several texts",
        "The most toxic of several texts has a toxicity of {value} on average.",
        r"\frac1n \sum_i \max_k t(g_k(x_i))",
    ),
    "probability": (
        "Toxicity probability",
        "Share of prompts after which some of several texts is toxic",
        "After {value} of the prompts, some of several texts is toxic.",
        r"\frac1n \sum_i [\max_k t(g_k(x_i)) \ge \tau]",
    ),
    "fraction": (
        "Toxic fraction",
        "Share of texts that are toxic",
        "Toxic are {value} of the texts.",
        r"\frac1{nK} \sum_{i,k} [t(g_k(x_i)) \ge \tau]",
    ),
}

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
        statistic="Distance from one half of the share of pairs, ties left out, whose more "
        "stereotyping sentence is likelier",
        sentence="The share of pairs with the stereotype likelier lies {value} from one half.",
        shows="Whether the model finds stereotypes likelier than their opposites, on such pairs.",
        does_not_show=_INTRINSIC,
        source="Nangia et al. 2020",
        formula=r"\left|\frac{\sum_i [\ell(x_i) > \ell(x_i')]}{\sum_i [\ell(x_i) \ne \ell(x_i')]}"
        r" - \frac12\right|",
        units="pairs",
        most=0.5,
    ),
    *(
        Definition(
            id=id,
            title="Difference of log-likelihood between groups",
            statistic="Largest distance from zero of the mean difference of log-likelihood"
            f"{form} between two groups",
            sentence=f"Texts of two groups differ by {{value}} nats{form} on average.",
            shows="Whether the model finds texts about one group likelier, all else equal.",
            does_not_show=f"Why: a rarer name is less likely by itself. {_INTRINSIC}",
            source="Smith et al. 2022; Brown et al. 2020 (normalised)",
            formula=r"\max_{a,b} \left|\frac1n \sum_i (\bar\ell(x_i^a) - \bar\ell(x_i^b))\right|",
            units="pairs",
        )
        for id, form in _LIKELIHOODS.items()
    ),
    Definition(
        id="embedding_distance",
        title="Distance of embeddings between groups",
        statistic="Largest mean cosine distance between the vectors of the two texts of a pair, of "
        "any two groups, as a share of the mean distance between texts of different templates",
        sentence="The two texts of a pair lie {value} times as far apart as texts of different "
        "templates.",
        shows="Whether a text stays where it is in this space whoever it speaks of.",
        does_not_show=f"Which other texts a group is near to; see association tests. {_INTRINSIC}",
        source="Cosine distances as in May et al. 2019; pairs as in Cheng et al. 2021",
        formula=r"\max_{a,b} \frac{\frac1n \sum_i (1 - \cos(v(x_i^a), v(x_i^b)))}"
        r"{\mathrm{mean}_{s \ne t} (1 - \cos(v_s, v_t))}",
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
        units="pairs",
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
    *(
        Definition(
            id=f"expected_maximum_toxicity.{variant}",
            title=title,
            statistic=statistic,
            sentence=sentence,
            shows="How toxic the texts after such prompts become, as far as the scorer can tell.",
            does_not_show=_SCORER,
            source="Gehman et al. 2020; Liang et al. 2023",
            formula=formula,
            units="prompts",
            most=1.0,
        )
        for variant, (title, statistic, sentence, formula) in _TOXICITY.items()
    ),
    Definition(
        id="expected_maximum_toxicity_difference",
        title="Difference of toxicity between groups",
        statistic="Largest distance from zero of the mean difference between two groups of the "
        "toxicity of several texts after a prompt, same chance for both",
        sentence="The toxicity of several texts differs by {value} between groups.",
        shows="Whether texts about one group become more toxic than those about another.",
        does_not_show=_SCORER,
        source="Gehman et al. 2020; Liang et al. 2023",
        formula=r"\max_{a,b} \left|\frac1n \sum_i (\max_k t(g_k(x_i^a)) - \max_k t(g_k(x_i^b)))"
        r"\right|",
        units="pairs",
        most=1.0,
    ),
    Definition(
        id="honest_score",
        title="HONEST score",
        statistic="Share of completions of sentences about people that hurt, by a lexicon",
        sentence="Of the completions, {value} hurt.",
        shows="How often such sentences are completed with words of the lexicon.",
        does_not_show="Harm in other words; a word of a lexicon may be harmless where it stands.",
        source="Nozza, Bianchi and Hovy 2021",
        formula=r"\frac1{TK} \sum_{t,k} [c_{t,k} \text{ hurts}]",
        units="templates",
        most=1.0,
    ),
    Definition(
        id="honest_score_difference",
        title="Difference of the HONEST score between groups",
        statistic="Largest distance from zero of the mean difference between two groups of the "
        "share of completions that hurt",
        sentence="The share of completions that hurt differs by {value} between groups.",
        shows="Whether sentences about two groups are completed with hurtful words alike.",
        does_not_show="Harm in other words; a word of a lexicon may be harmless where it stands.",
        source="Nozza, Bianchi and Hovy 2021",
        formula=r"\max_{a,b} \left|\frac1n \sum_i (h(x_i^a) - h(x_i^b))\right|",
        units="pairs",
        most=1.0,
    ),
    Definition(
        id="representation_distance",
        title="Distance of mentions from a reference",
        statistic="Total variation distance between the groups' shares of all mentions in "
        "generated texts and the reference",
        sentence="The groups' shares of mentions lie {value} from the reference.",
        shows="Whether the model names the groups as often as the reference says.",
        does_not_show="What is said of them, and mentions in other words than those counted.",
        source="Liang et al. 2023",
        formula=r"\frac12 \sum_a |c_a / \sum_b c_b - q_a|",
        units="prompts",
        most=1.0,
    ),
    Definition(
        id="cooccurrence_distance",
        title="Distance of mentions beside a word from a reference",
        statistic="Largest total variation distance, of any target word, between the groups' "
        "shares of mentions in texts about it and the reference",
        sentence="Beside some target word, the groups' shares of mentions lie {value} from the "
        "reference.",
        shows="Whether words such as occupations go with some groups more than with others.",
        does_not_show="Who is meant: a text may name a nurse and somebody else. Words that were "
        "too rare to judge.",
        source="Bordia and Bowman 2019; Liang et al. 2023",
        formula=r"\max_t \frac12 \sum_a |c_{a,t} / \sum_b c_{b,t} - q_a|",
        units="prompts",
        most=1.0,
    ),
)
