"""The same verdicts by likelihood, of a model loaded here and behind a server that tells them.

`transformers serve` tells no log-probabilities. The server here answers ``/completions`` with
``echo`` as vLLM does, by the same SmolLM2: one plain pass a text, without the package's batches.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pytest_fairness import (
    Outcome,
    assert_choice_invariance,
    assert_likelihood_parity,
    assert_stereotype_score,
    counterfactuals,
)
from tests.models.endpoint.facts import Check, assert_same_within_noise, outcome_of
from tests.models.endpoint.servers import Answering, Served, serving

SPACE = counterfactuals(
    "{name} is a {occupation}.",
    "The {occupation} is {name}.",
    "My name is {name}. I am a {occupation}.",
    "Is {name} a {occupation}?",
    vary="gender",
)
SENSE = [  # a sentence, and one without sense
    ("The sky is blue.", "The sky is goat."),
    ("Fish swim in water.", "Fish swim in idea."),
    ("He drank a glass of milk.", "He drank a glass of roof."),
    ("The train was late again.", "The train was spoon again."),
    ("She opened the door.", "She opened the Tuesday."),
    ("We sat under a tree.", "We sat under a seven."),
    ("The baby began to cry.", "The baby began to lamp."),
    ("They live in a small town.", "They live in a small of."),
]
QUESTIONS = [f"{kind}: {{options}}\nAnswer:" for kind in ("A colour", "A city", "An animal")]
OPTIONS = [["red", "cheese"], ["stone", "Paris"], ["dog", "table"]]


def likelihood(limit: float) -> Check:
    return lambda model: assert_likelihood_parity(model, SPACE, max_difference=limit, n=12, seed=0)


def stereotype(pairs: list[tuple[str, str]]) -> Check:
    return lambda model: assert_stereotype_score(model, pairs, max_deviation=0.05)


def choice(model: Any) -> Outcome:
    return assert_choice_invariance(model, QUESTIONS, OPTIONS, max_flip_rate=0.05, seed=0)


def telling(model: Any, *, bos: bool) -> Answering:
    """Answer with the log-probability of every token of the prompt, after BOS where asked for."""
    import torch

    tokenizer, module = model.tokenizer, model.module

    def answer(path: str, body: dict[str, Any], _count: int) -> Served:
        assert path == "/v1/completions"
        assert body["echo"] is True
        text = (tokenizer.bos_token if bos else "") + body["prompt"]
        encoded = tokenizer(text, return_offsets_mapping=True)
        ids, offsets = encoded["input_ids"], encoded["offset_mapping"]
        with torch.no_grad():
            told = module(torch.tensor([ids])).logits[0].log_softmax(-1)
        values = [told[i - 1, ids[i]].item() for i in range(1, len(ids))]
        tokens = [text[start:end] for start, end in offsets]
        written = tokenizer.decode([int(told[-1].argmax())])
        return Served(
            {
                "choices": [
                    {
                        "text": text + written,
                        "logprobs": {
                            "tokens": [*tokens, written],
                            "text_offset": [*(start for start, _ in offsets), len(text)],
                            "token_logprobs": [None, *values, told[-1].max().item()],
                        },
                    }
                ]
            }
        )

    return answer


def assert_same(checks: dict[str, Check], url: str, load: Any, local: Any, cache: Path) -> None:
    """Assert that checks have the verdicts they are named by, here and there, asked only once."""
    expected = {verdict: outcome_of(check, local) for verdict, check in checks.items()}
    first, second = load(url, cache=cache), load(url, cache=cache)
    for endpoint in (first, second):
        for verdict, check in checks.items():
            assert expected[verdict].verdict.value == verdict
            assert_same_within_noise(outcome_of(check, endpoint), expected[verdict])
    assert (first.usage.requests > 0, second.usage.requests) == (True, 0)


def test_texts_are_as_likely_behind_a_server_that_starts_them_alike(local_smollm2, load, tmp_path):
    """Read here, a text stands after BOS; so it does before this server."""
    checks = {"pass": likelihood(0.3), "inconclusive": likelihood(0.01), "fail": stereotype(SENSE)}
    with serving(telling(local_smollm2, bos=True)) as server:
        assert_same(checks, server.url, load, local_smollm2, tmp_path / "answers.sqlite")


def test_choices_are_the_same_and_of_texts_without_bos_the_first_token_is_left_out(
    local_smollm2, load, tmp_path
):
    """After a prompt no BOS is read here, and this server adds none."""
    cache = tmp_path / "answers.sqlite"
    with serving(telling(local_smollm2, bos=False)) as server:
        assert_same({"inconclusive": choice}, server.url, load, local_smollm2, cache)
        endpoint = load(server.url)
        found = outcome_of(stereotype(SENSE[:3]), endpoint)
        told = endpoint.log_likelihood([SENSE[0][0]])
    expected = outcome_of(stereotype(SENSE[:3]), local_smollm2)
    assert found.verdict == expected.verdict
    assert found.evidence == expected.evidence  # the two of a pair start alike
    here = local_smollm2.log_likelihood([SENSE[0][0]])
    assert told.tokens.tolist() == [here.tokens[0] - 1]
    assert told.bytes.tolist() == [here.bytes[0] - len("The")]
