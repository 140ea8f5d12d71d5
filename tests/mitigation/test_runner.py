"""Running a user's tests: what is said where pytest cannot, and what is run."""

from __future__ import annotations

import pytest

from pytest_fairness.errors import MitigationError
from pytest_fairness.mitigation.runner import run_tests

FILES = {
    "test_empty.py": ("", "Expected was at least one test"),
    "test_broken.py": ("import nowhere_at_all", "Let pytest run them without an error first"),
}


def message_of(name):
    with pytest.raises(MitigationError) as caught:
        run_tests([name])
    return str(caught.value)


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_pytest_cannot_run(name, tmp_path, monkeypatch):
    content, step = FILES[name]
    (tmp_path / name).write_text(content)
    monkeypatch.chdir(tmp_path)
    message = message_of(name)
    assert message.startswith(f"pytest could not run {name} (exit code ")
    assert step in message
    assert "outcomes.json" not in message, "a file that is gone when one reads this"
    assert "No fairness check was measured" not in message


def test_a_file_that_is_not_there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    message = message_of("test_nowhere.py")
    assert "Expected were test files, folders or node ids, as pytest takes them." in message
    assert "file or directory not found: test_nowhere.py" in message


def test_what_failed_before_is_not_all_that_runs(tmp_path, monkeypatch):
    """A user's addopts may ask for the last failed ones, of which another run leaves a record."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --last-failed\n")
    (tmp_path / "test_two.py").write_text(
        "def note(name):\n"
        "    with open('ran.txt', 'a') as file:\n"
        "        print(name, file=file)\n"
        "def test_fails():\n    note('fails')\n    assert False\n"
        "def test_passes():\n    note('passes')\n"
    )
    for _ in range(2):
        assert not run_tests(["test_two.py"]).passed
    assert (tmp_path / "ran.txt").read_text().split() == ["fails", "passes"] * 2
    assert not (tmp_path / ".pytest_cache").exists()
