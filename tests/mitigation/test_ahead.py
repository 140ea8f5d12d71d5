"""Modules that are imported while something else runs."""

from __future__ import annotations

import sys
from importlib import import_module

import pytest

from pytest_fairness.mitigation.ahead import FOR_TRAINING, imported_meanwhile


def test_a_module_is_there_when_the_block_has_ended(tmp_path, monkeypatch):
    (tmp_path / "slow_to_come.py").write_text("import time; time.sleep(0.2); HERE = True")
    monkeypatch.syspath_prepend(tmp_path)
    with imported_meanwhile("slow_to_come"):
        pass
    assert sys.modules.pop("slow_to_come").HERE


def test_a_module_that_fails_is_left_to_who_needs_it(tmp_path, monkeypatch):
    (tmp_path / "broken_one.py").write_text("raise RuntimeError('as it is')")
    (tmp_path / "next_one.py").write_text("HERE = True")
    monkeypatch.syspath_prepend(tmp_path)
    with imported_meanwhile("broken_one", "no_such_module", "next_one"):
        pass
    assert sys.modules.pop("next_one").HERE
    with pytest.raises(RuntimeError, match="as it is"):
        import_module("broken_one")


def test_an_error_of_the_block_is_raised():
    with pytest.raises(ValueError, match="mine"), imported_meanwhile("json"):
        raise ValueError("mine")


@pytest.mark.parametrize("name", FOR_TRAINING)
def test_what_training_needs_is_found_under_its_name(name):
    with imported_meanwhile(name):
        pass
    assert name in sys.modules
