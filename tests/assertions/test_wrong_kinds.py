"""Models of another kind than an assertion needs: an error that says which to load."""

from __future__ import annotations

import pytest

from pytest_fairness import (
    Judge,
    WrittenChoices,
    assert_association,
    assert_benchmark,
    assert_choice_invariance,
    assert_counterfactual_invariance,
    assert_generation_parity,
    assert_likelihood_parity,
    assert_refusal_parity,
    assert_span_parity,
    assert_stereotype_score,
    counterfactuals,
    load_endpoint,
    load_model,
)
from pytest_fairness.errors import ModelError
from tests.models.languages import byte_level, tiny_llama

SPACE = counterfactuals("{name} is a {occupation}.", vary="gender")


@pytest.fixture(scope="module")
def models(tiny_folder):
    tokenizer = byte_level()
    return {
        "classifier": load_model(tiny_folder, device="cpu"),
        "causal": load_model((tiny_llama(tokenizer), tokenizer)),
        "endpoint": load_endpoint("http://127.0.0.1:9/v1", "m"),
    }


CHECKS = {
    "likelihood": lambda model, _: assert_likelihood_parity(model, SPACE, max_difference=1),
    "stereotype": lambda model, _: assert_stereotype_score(model, [("a", "b")], max_deviation=0.1),
    "generation": lambda model, _: assert_generation_parity(model, SPACE, len, max_difference=1),
    "refusal": lambda model, _: assert_refusal_parity(model, SPACE, max_difference=0.1),
    "choice": lambda model, _: assert_choice_invariance(
        model, ["Who?\n{options}"], [["a", "b"]], max_flip_rate=0.1
    ),
    "written": lambda model, _: WrittenChoices(model),
    "judge": lambda model, _: Judge(model, "Is it rude?"),
    "benchmark": lambda model, data: assert_benchmark(
        model, "bbq", folder=data / "bbq", max_deviation=0.1
    ),
    "association": lambda model, _: assert_association(
        model, ["a", "b"], ["c", "d"], ["e", "f"], ["g", "h"], max_effect_size=1
    ),
    "span": lambda model, _: assert_span_parity(model, ["{name} left."], max_difference=0.1),
    "counterfactual": lambda model, _: assert_counterfactual_invariance(
        model, SPACE, max_flip_rate=0.1
    ),
}
REFUSED = {
    "classifier": [name for name in CHECKS if name not in ("counterfactual",)],
    "causal": ["association", "span", "counterfactual"],
    "endpoint": ["association", "span", "counterfactual"],
}


@pytest.mark.parametrize(
    ("kind", "check"), [(kind, name) for kind, names in REFUSED.items() for name in names]
)
def test_a_model_of_the_wrong_kind_is_an_error_with_the_next_step(kind, check, models, shared_data):
    with pytest.raises(ModelError, match=r"\b[Ll]oad .*, or "):
        CHECKS[check](models[kind], shared_data)
