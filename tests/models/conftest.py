from __future__ import annotations

from pathlib import Path

import pytest

from pytest_fairness.models import Model, load_model
from tests.models.builders import save, tiny_bert, word_tokenizer


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A saved classifier of two labels."""
    folder = tmp_path_factory.mktemp("models") / "tiny"
    return save(folder, tiny_bert(), word_tokenizer())


@pytest.fixture(scope="session")
def tiny(tiny_folder: Path) -> Model:
    """The classifier of `tiny_folder`, loaded on the CPU; tests may fill its cache."""
    return load_model(tiny_folder, device="cpu")


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Switch the hub off, as HF_HUB_OFFLINE does."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
