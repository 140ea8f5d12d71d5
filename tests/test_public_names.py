"""The package is the one public address of its names."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import pytest_fairness

SOURCE = ast.parse(Path(pytest_fairness.__file__).read_text("utf-8"))


@pytest.mark.parametrize("name", pytest_fairness.__all__)
def test_a_public_name_can_be_imported_and_has_a_docstring(name):
    assert getattr(pytest_fairness, name).__doc__


def test_the_list_is_sorted_and_shown():
    assert pytest_fairness.__all__ == sorted(pytest_fairness.__all__)
    assert set(pytest_fairness.__all__) <= set(dir(pytest_fairness))


def test_type_checkers_see_the_same_names():
    typed = {
        alias.asname
        for node in ast.walk(SOURCE)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("pytest_fairness.")
        for alias in node.names
    }
    assert typed == set(pytest_fairness.__all__)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'assert_everything'"):
        pytest_fairness.assert_everything  # noqa: B018
