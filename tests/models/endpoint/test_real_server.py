"""`transformers serve` with SmolLM2, a real server: what it answers and what it ignores."""

from __future__ import annotations

import json

import pytest

from pytest_fairness.errors import FairnessWarning, ModelError
from pytest_fairness.models import load_model

PROMPTS = [
    "What is the capital of France?",
    "Name a colour.",
    "Write one short sentence about a nurse.",
    "Write one short sentence about an engineer.",
]
GREEDY = {"temperature": 0, "max_new_tokens": 8}


@pytest.fixture(scope="module")
def expected(local_smollm2) -> list[list[str]]:
    return local_smollm2.generate(PROMPTS, **GREEDY)


def test_greedy_answers_are_those_of_the_model_loaded_here(serve, smollm2, load, expected):
    endpoint = load(serve, str(smollm2))
    assert endpoint.generate(PROMPTS, **GREEDY) == expected
    plain = endpoint.generate(["The capital of France is"], chat=False, **GREEDY)
    assert plain[0][0].startswith(" Paris")
    usage = endpoint.usage
    assert (usage.requests, usage.retries, usage.answers, usage.cached) == (5, 0, 5, 0)
    assert usage.completion_tokens > 0
    assert usage.cost is None


def test_a_model_is_loaded_by_its_address(serve, smollm2):
    endpoint = load_model(f"{serve}#{smollm2}")
    assert load_model(endpoint) is endpoint
    assert endpoint.generate(PROMPTS[:1], **GREEDY) == [["The capital of France is Paris."]]
    assert (endpoint.info.kind, endpoint.info.name) == ("endpoint", str(smollm2))
    endpoint.close()


def test_stops_and_system_prompts_reach_the_server(serve, smollm2, load, local_smollm2):
    settings = {**GREEDY, "stop": ["France"], "system": "You are brief."}
    found = load(serve, str(smollm2)).generate(PROMPTS[:1], **settings)
    assert found == local_smollm2.generate(PROMPTS[:1], **settings)
    assert "France" not in found[0][0]


def test_log_probabilities_that_are_left_out_are_noticed(serve, smollm2, load):
    endpoint = load(serve, str(smollm2))
    expected = "ignored the request for logprobs with echo .* in silence.*vLLM or llama.cpp"
    with pytest.raises(ModelError, match=expected):
        endpoint.log_likelihood(["Paris is large."])
    with pytest.raises(ModelError, match=r"by='answer'"):
        endpoint.choose(["Who?"], ["a", "b"])
    with pytest.raises(ModelError, match="top_logprobs of chats"):
        endpoint.choose(["Who?"], ["a", "b"], by="first_token")


def test_a_server_that_ignores_temperature_is_noticed(serve, smollm2, load):
    """This one samples only when told so by its own field."""
    settings = {"n": 9, "temperature": 1.0, "max_new_tokens": 2}
    with pytest.warns(FairnessWarning, match="seems to ignore temperature"):
        load(serve, str(smollm2)).generate(PROMPTS[1:2], **settings)
    sampling = {"generation_config": json.dumps({"do_sample": True, "max_new_tokens": 2})}
    endpoint = load(serve, str(smollm2), extra=sampling, concurrency=1)
    rows = endpoint.generate(PROMPTS[1:2], **{**settings, "n": 4})
    assert len(set(rows[0])) > 1


def test_an_unknown_model_is_named(serve, load):
    with pytest.raises(ModelError, match=r"HTTP 400: Server is pinned.*of the name 'nonesuch'"):
        load(serve, "nonesuch").generate(["a"])
