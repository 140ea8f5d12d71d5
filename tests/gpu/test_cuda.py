"""What only a CUDA device can show; run with ``-m gpu``."""

from __future__ import annotations

import numpy as np
import pytest

from pytest_fairness.models import load_model
from tests.models.builders import WORDS, minilm_pair, save, tiny_bert, word_tokenizer

pytestmark = pytest.mark.gpu

TEXTS = [
    f"the {a} {b} " + "works with care " * (i % 7) for i, a in enumerate(WORDS) for b in WORDS[::7]
]


@pytest.fixture(autouse=True)
def _needs_cuda():
    torch = pytest.importorskip("torch")
    if not torch.cuda.is_available():
        pytest.skip(f"torch {torch.__version__} finds no CUDA device here")


@pytest.fixture
def little_memory():
    """Let torch take 2 GiB of the device at most."""
    import torch

    torch.cuda.empty_cache()
    total = torch.cuda.get_device_properties(0).total_memory
    torch.cuda.set_per_process_memory_fraction(min(1.0, 2 * 1024**3 / total), 0)
    yield
    torch.cuda.set_per_process_memory_fraction(1.0, 0)
    torch.cuda.empty_cache()


def test_a_folder_is_loaded_on_the_gpu_by_default(tmp_path):
    model = load_model(save(tmp_path / "tiny", tiny_bert(), word_tokenizer()))
    assert model.info.device == "cuda:0"
    assert model.engine.budget > 2048
    model.close()


def test_scores_are_those_of_the_cpu():
    module, tokenizer = minilm_pair()
    on_cpu = load_model((module, tokenizer))(TEXTS)
    on_gpu = load_model((module, tokenizer), device="cuda")
    np.testing.assert_allclose(on_gpu(TEXTS), on_cpu, atol=1e-4, rtol=0)
    whole = on_gpu(TEXTS)
    on_gpu.forget()
    on_gpu.engine.budget = 64
    np.testing.assert_allclose(on_gpu(TEXTS), whole, atol=1e-5, rtol=0)


def test_bfloat16_stays_near_float32():
    module, tokenizer = minilm_pair()
    exact = load_model((module, tokenizer))(TEXTS)
    narrow = load_model((module, tokenizer), device="cuda", dtype="bfloat16")(TEXTS)
    moved = np.abs(narrow - exact)
    print(f"\nbfloat16 moves probabilities by {moved.mean():.1e}, at most {moved.max():.1e}")
    assert moved.max() < 0.1


@pytest.mark.usefixtures("little_memory")
def test_memory_that_runs_out_halves_the_batches():
    module, tokenizer = minilm_pair()
    expected = load_model((module, tokenizer))(TEXTS)
    texts = [f"{i} {text}" + " works with care" * 80 for text in TEXTS for i in range(5)]
    model = load_model((module, tokenizer), device="cuda", batch_tokens=2_000_000)
    first = model(texts)
    assert model.engine.budget < 2_000_000
    budget = model.engine.budget
    model.forget()
    np.testing.assert_allclose(model(texts), first, atol=1e-5, rtol=0)
    assert model.engine.budget == budget
    np.testing.assert_allclose(model(TEXTS), expected, atol=1e-4, rtol=0)


def test_closing_gives_the_memory_back():
    import torch

    module, tokenizer = minilm_pair()
    before = torch.cuda.memory_allocated()
    model = load_model((module, tokenizer), device="cuda")
    taken = torch.cuda.memory_allocated() - before
    assert taken > 80 * 1024**2
    del module
    model.close()
    left = torch.cuda.memory_allocated() - before
    assert left < taken / 2  # cuBLAS keeps a workspace


def test_likelihoods_are_those_of_the_cpu():
    from tests.models.languages import SENTENCES, byte_level, tiny_llama

    tokenizer = byte_level()
    expected = load_model((tiny_llama(tokenizer), tokenizer)).log_likelihood(SENTENCES)
    on_gpu = load_model((tiny_llama(tokenizer), tokenizer), device="cuda")
    found = on_gpu.log_likelihood(SENTENCES)
    np.testing.assert_allclose(found.total, expected.total, atol=1e-3, rtol=0)
    contexts = [SENTENCES[0]] * 2
    reused = on_gpu.log_likelihood([" and", " but"], contexts=contexts)
    alone = [on_gpu.log_likelihood([t], contexts=contexts[:1]).total[0] for t in (" and", " but")]
    np.testing.assert_allclose(reused.total, alone, atol=1e-3, rtol=0)


@pytest.mark.parametrize("quantization", ["8bit", "4bit"])
def test_quantised_weights_answer(tmp_path, quantization):
    pytest.importorskip("bitsandbytes")
    from tests.models.languages import SENTENCES, byte_level, tiny_llama

    tokenizer = byte_level()
    folder = save(tmp_path / "tiny", tiny_llama(tokenizer), tokenizer)
    exact = load_model(folder, device="cuda").log_likelihood(SENTENCES).per_token
    narrow = load_model(folder, device="cuda", dtype="float16", quantization=quantization)
    moved = np.abs(narrow.log_likelihood(SENTENCES).per_token - exact)
    assert 0 < moved.max() < 1.0


def test_layers_are_spread_by_a_device_map(tmp_path):
    from tests.models.languages import SENTENCES, byte_level, tiny_llama

    tokenizer = byte_level()
    folder = save(tmp_path / "tiny", tiny_llama(tokenizer), tokenizer)
    spread = load_model(folder, device_map="auto")
    assert spread.info.device.startswith("cuda")
    expected = load_model(folder, device="cpu").log_likelihood(SENTENCES).total
    np.testing.assert_allclose(spread.log_likelihood(SENTENCES).total, expected, atol=1e-3)
