import dataclasses
import doctest
import re

import numpy as np
import pytest

from pytest_fairness.errors import ArgumentError, ArgumentTypeError
from pytest_fairness.mitigation import config as config_module
from pytest_fairness.mitigation.config import MitigationConfig


def test_defaults_are_valid_and_frozen():
    config = MitigationConfig()
    with pytest.raises(dataclasses.FrozenInstanceError):
        config.seed = 1  # type: ignore[misc]


@pytest.mark.parametrize(
    ("argument", "value", "expectation"),
    [
        ("method", "magic", "must be one of auto, full, head, lora"),
        ("dtype", "int8", "must be one of float32, bfloat16"),
        ("freeze_layers", -1, "must be at least 0"),
        ("learning_rate", 0.0, "must lie in (0, 1)"),
        ("learning_rate", 1.0, "must lie in (0, 1)"),
        ("batch_size", 0, "must be at least 1"),
        ("max_steps", 0, "must be at least 1"),
        ("patience", 0, "must be at least 1"),
        ("max_accuracy_loss", 1.5, "must lie in [0, 1]"),
        ("train_fraction", 1.0, "must lie in (0, 1)"),
        ("max_length", 4, "must be at least 8"),
        ("seed", -1, "must be at least 0"),
        (
            "seed",
            2**70,
            "must be at most 4294967295",
        ),  # the largest of NumPy
        ("learning_rate", float("nan"), "must lie in (0, 1)"),
        ("alpha", float("-inf"), "must lie in (0, 0.5)"),
        ("max_accuracy_loss", -0.1, "must lie in [0, 1]"),
        ("hard_pairs", -5, "must be at least 0"),
        ("device", " ", "is empty: it is a device of torch"),
        ("checkpoints", "", "is empty: it is the path of a folder"),
        ("virtual_tokens", 0, "must be at least 1"),
        ("layer_decay", 1.01, "must lie in [0, 1]"),
    ],
)
def test_a_value_outside_its_range_is_named(argument, value, expectation):
    with pytest.raises(ArgumentError, match=re.escape(f"{argument}={value!r} {expectation}")):
        MitigationConfig(**{argument: value})


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("max_steps", 10.0),
        ("max_steps", None),
        ("seed", True),
        ("learning_rate", "fast"),
        ("augment", 1),
        ("augment", None),
        ("patience", [5]),
        ("alpha", "0.05"),
        ("device", 0),
        ("checkpoints", 7),
        ("report_to", "wandb"),
    ],
)
def test_a_value_of_the_wrong_kind_is_named(argument, value):
    with pytest.raises(ArgumentTypeError, match=re.escape(f"{argument}={value!r} must be")):
        MitigationConfig(**{argument: value})


@pytest.mark.parametrize(
    ("objectives", "message"),
    [
        (
            {"consistency": -0.1},
            "objectives['consistency']=-0.1 must be at least 0 and finite",
        ),
        (
            {"retention": float("nan")},
            "objectives['retention']=nan must be at least 0 and finite",
        ),
        ({"task": float("inf")}, "objectives['task']=inf must be at least 0 and finite"),
        ({"task": 0.0}, "leaves nothing to learn"),
        ({"kindness": 1.0}, "objective='kindness' must be one of"),
        ({"consistancy": 1.0}, "Did you mean 'consistency'?"),
    ],
)
def test_an_objective_that_is_off_is_named(objectives, message):
    with pytest.raises(ArgumentError, match=re.escape(message)):
        MitigationConfig(objectives=objectives)


def test_a_misspelt_method_is_told_the_nearest_one():
    with pytest.raises(ArgumentError, match=r"method='lorra' must .* Did you mean 'lora'\?"):
        MitigationConfig(method="lorra")
    with pytest.raises(ArgumentError, match=re.escape("method=['lora'] must be one of")):
        MitigationConfig(method=["lora"])


def test_numbers_of_numpy_are_told_how_to_become_pythons():
    with pytest.raises(ArgumentTypeError, match=re.escape("number of Python, as int(...) makes")):
        MitigationConfig(max_steps=np.int64(3))
    with pytest.raises(ArgumentTypeError, match=re.escape("number of Python, as float(...) makes")):
        MitigationConfig(alpha=np.float32(0.1))


def test_checkpoints_are_a_folder(tmp_path):
    file = tmp_path / "state.bin"
    file.write_bytes(b"")
    with pytest.raises(ArgumentError, match=r"state\.bin' is a file, and must be a folder"):
        MitigationConfig(checkpoints=str(file))
    with pytest.raises(ArgumentTypeError, match=r"must be a path as text: str\(path\)"):
        MitigationConfig(checkpoints=tmp_path)
    assert MitigationConfig(checkpoints=str(tmp_path / "new")).seed == 0


def test_objectives_without_weights_are_refused():
    with pytest.raises(ArgumentTypeError, match="must map names to weights"):
        MitigationConfig(objectives=["consistency"])


def test_the_task_counts_unless_it_is_left_out():
    assert MitigationConfig(objectives={"retention": 2}).weights == {"task": 1.0, "retention": 2}
    only = {"task": 0.0, "retention": 1.0}
    assert MitigationConfig(objectives=only).weights == only


def test_each_vehicle_has_its_rate():
    assert MitigationConfig(method="full").rate < MitigationConfig(method="lora").rate
    assert MitigationConfig(method="lora", learning_rate=0.25).rate == 0.25


def test_fractions_use_every_row():
    fractions = MitigationConfig(train_fraction=0.5).fractions
    assert fractions == (0.5, 0.25, 0.25)


def test_every_field_is_documented():
    names = {field.name for field in dataclasses.fields(MitigationConfig)}
    assert all(re.search(rf"\b{name}\b.* : ", MitigationConfig.__doc__ or "") for name in names)


def test_examples_in_docstrings():
    assert doctest.testmod(config_module, optionflags=doctest.ELLIPSIS).failed == 0
