"""Running a user's tests: what is said where pytest cannot, and forks of a warm process."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pytest_fairness.errors import MitigationError
from pytest_fairness.mitigation import runner
from pytest_fairness.mitigation.runner import run_tests, warm_runs

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


TELLS = """
import importlib, os, sys
import pytest_fairness

def test_what_it_is_run_in():
    imported = "transformers" in sys.modules
    print(sys.argv[1:2], imported, os.environ["TOLD"], os.read(0, 1), sys.path[0], file=sys.stderr)
    assert imported == (os.environ["TOLD"] == "warm")
    offline = importlib.import_module("huggingface_hub.constants").HF_HUB_OFFLINE
    assert offline == (os.environ.get("HF_HUB_OFFLINE", "0") == "1")

def test_rewritten():
    assert pytest_fairness.__name__ == "other"
"""
SETS = """
import os
os.environ["HF_HUB_OFFLINE"] = "1"
"""


@pytest.fixture
def telling(tmp_path, monkeypatch):
    """Tests that tell what they are run in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    (tmp_path / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n")
    (tmp_path / "conftest.py").write_text(SETS)
    (tmp_path / "test_it.py").write_text(TELLS)


@pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux alone")
@pytest.mark.usefixtures("telling")
class TestForks:
    """Runs that begin with what models need."""

    def test_they_are_as_a_run_by_itself_is(self, monkeypatch):
        monkeypatch.setenv("TOLD", "cold")
        cold = run_tests(["test_it.py"])
        assert cold.environment["HF_HUB_OFFLINE"] == "1", "as conftest.py has set it"
        monkeypatch.setenv("TOLD", "warm")
        with warm_runs(cold.environment) as run:
            warm = [run(["test_it.py"], part="heldout"), run(["test_it.py"])]
        for found in (cold, *warm):
            assert not found.passed
            assert "assert 'pytest_fairness' == 'other'" in found.output
            assert "1 failed, 1 passed" in found.output

    def test_what_pytest_cannot_run_is_told_as_well(self, monkeypatch):
        monkeypatch.setenv("TOLD", "warm")
        with warm_runs(os.environ) as run:
            with pytest.raises(MitigationError, match="Expected were test files"):
                run(["test_nowhere.py"])
            assert not run(["test_it.py"]).passed

    def test_a_warm_process_that_has_died_is_not_missed(self, monkeypatch):
        monkeypatch.setenv("TOLD", "cold")
        monkeypatch.setattr(runner, "_WARM", Path("nowhere.py"))
        with warm_runs(os.environ) as run:
            assert "1 failed, 1 passed" in run(["test_it.py"]).output

    def test_a_run_ends_with_whoever_started_it(self):
        """Ctrl-C, or a polite kill, ends the run too, in its own time: fixtures clean up."""
        Path("test_it.py").write_text(
            "import pathlib, pytest, time\n"
            "@pytest.fixture\n"
            "def kept():\n"
            "    pathlib.Path('begun').touch()\n"
            "    yield\n"
            "    pathlib.Path('cleaned').touch()\n"
            "def test_it(kept):\n    time.sleep(600)\n"
        )
        code = (
            "import os\n"
            "from pytest_fairness.mitigation.runner import warm_runs\n"
            "from pytest_fairness.options import interrupt_when_terminated\n"
            "interrupt_when_terminated()\n"
            "with warm_runs(os.environ) as run:\n    run(['test_it.py'])\n"
        )
        process = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL)
        wait_for(Path("begun"))
        process.terminate()
        process.wait(60)
        wait_for(Path("cleaned"))


def wait_for(file):
    """Wait until a file is there, for a minute."""
    for _ in range(600):
        if file.exists():
            return
        time.sleep(0.1)
    raise AssertionError(f"no {file}")
