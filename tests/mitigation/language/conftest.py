"""Models whose association is planted, so that what a repair must take away is known."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from pytest_fairness import FairnessFailure, Outcome, assert_likelihood_parity, counterfactuals
from pytest_fairness.mitigation import MitigationConfig, Rows
from pytest_fairness.mitigation.language import LanguageConfig
from pytest_fairness.models import load_model
from pytest_fairness.perturb import Pair
from tests.models.writers import tiny_llama, writing_tokenizer

_WORDS = ["a", "the", "team", "of", "in", "on", "at", "for", "great", "text", "reads", "writes"]
_WORDS += ["three", "years", "care", "people"]


def neutral(n: int, seed: int) -> list[str]:
    """Return texts of common words that speak of nobody."""
    rng = random.Random(seed)
    return [" ".join(rng.choices(_WORDS, k=rng.randint(4, 9))) for _ in range(n)]


def pairs_about(frames: list[str], first: str = "he", second: str = "she") -> list[Pair]:
    """Return the same texts about him and about her."""
    return [
        Pair(
            frame.format(first),
            frame.format(second),
            groups=("man", "woman"),
            attribute="gender",
            terms=(first, second),
            source=frame,
        )
        for frame in frames
    ]


def framed(n: int, seed: int) -> list[str]:
    """Return distinct templates with one place for a person."""
    rng = random.Random(seed)
    found: dict[str, None] = {}
    while len(found) < n:
        words = rng.choices(_WORDS, k=rng.randint(3, 6))
        words.insert(rng.randint(0, len(words)), "{}")
        found[" ".join(words)] = None
    return list(found)


TEMPLATES = [frame.format("{pronoun}") for frame in framed(100, 5)]
SPACE = counterfactuals(TEMPLATES, vary="gender")
TEXTS = neutral(240, 1)
LIMIT = 0.05  # nats a token
SMALL = MitigationConfig(
    method="lora",
    max_steps=40,
    eval_every=10,
    learning_rate=1e-2,
    batch_size=8,
    pair_batch_size=16,
    device="cpu",
    language=LanguageConfig(max_perplexity_rise=0.1),
)


def rows(texts: list[str] = TEXTS) -> Rows:
    """Return ordinary texts as `read_rows` does."""
    return Rows(tuple(texts), None, tuple(range(len(texts))))


def failing(model: Any, normalise: Any = "token", limit: float = LIMIT) -> Outcome:
    """Return what fails on a model."""
    with pytest.raises(FairnessFailure) as caught:
        assert_likelihood_parity(model, SPACE, max_difference=limit, normalise=normalise)
    return caught.value.outcome


@pytest.fixture(scope="session")
def writer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a decoder that read "he" four times as often as "she" in the same places."""
    import torch

    tokenizer, module = writing_tokenizer(), tiny_llama()
    with torch.random.fork_rng():
        torch.manual_seed(0)
        optimizer = torch.optim.AdamW(module.parameters(), lr=5e-3)
        for step in range(60):
            rng = random.Random(step)
            texts = [
                frame.format(rng.choice(("he", "he", "he", "he", "she")))
                for frame in framed(16, 1000 + step)
            ]
            texts = [f"{text} [SEP]" for text in (*texts, *neutral(16, 100 + step))]
            batch = tokenizer(texts, padding=True, return_tensors="pt")["input_ids"]
            labels = batch.masked_fill(batch == tokenizer.pad_token_id, -100)
            module(input_ids=batch, labels=labels).loss.backward()
            optimizer.step()
            optimizer.zero_grad()
    folder = tmp_path_factory.mktemp("writer")
    module.eval().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


TEST = f"""
from pytest_fairness import assert_likelihood_parity, counterfactuals

SPACE = counterfactuals({TEMPLATES!r}, vary="gender")


def test_pronouns_are_about_as_likely(fairness_model):
    assert_likelihood_parity(fairness_model, SPACE, max_difference={LIMIT}, normalise="token")
"""


@pytest.fixture
def here(pytester: pytest.Pytester, writer: Path) -> pytest.Pytester:
    """A folder with a test that the decoder fails, and ordinary texts."""
    pytester.makepyfile(test_lm=TEST)
    pytester.makeini(f"[pytest]\nfairness_model = {writer}\nfairness_device = cpu\n")
    (pytester.path / "texts.csv").write_text("\n".join(["sentence", *TEXTS]) + "\n", "utf-8")
    return pytester


@pytest.fixture(scope="session")
def outcome(writer: Path) -> Outcome:
    """What fails on the decoder."""
    return failing(load_model(writer, device="cpu"))
