"""Running a user's tests in forks of a warm process: as a run by itself is, and ended with it."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from pytest_fairness.errors import MitigationError
from pytest_fairness.mitigation import forks
from pytest_fairness.mitigation.forks import warm_runs
from pytest_fairness.mitigation.runner import run_tests

TELLS = """
import importlib, os, sys
import pytest, pytest_fairness

def test_what_it_is_run_in():
    imported = "transformers" in sys.modules
    print(sys.argv[1:2], imported, os.environ["TOLD"], os.read(0, 1), sys.path[0], file=sys.stderr)
    assert imported == (os.environ["TOLD"] == "warm")
    assert "GONE" not in os.environ
    offline = importlib.import_module("huggingface_hub.constants").HF_HUB_OFFLINE
    assert offline == (os.environ.get("HF_HUB_OFFLINE", "0") == "1")
    importlib.import_module("transformers")

def test_assertions_are_rewritten():
    with pytest.raises(AssertionError, match="assert 'pytest_fairness' == 'other'"):
        assert pytest_fairness.__name__ == "other"
"""
SETS = """
import os
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ.pop("GONE", None)
"""
MOODY = """
import sys

def test_it():
    assert "transformers" not in sys.modules
"""
SLOW = """
import pathlib, signal, time
import pytest

@pytest.fixture
def kept():
    pathlib.Path("begun").touch()
    yield
    pathlib.Path("cleaned").touch()

def test_it(kept):
    time.sleep(600)
"""
STUBBORN = """
import os, pathlib, signal, time

def test_it():
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT, signal.SIGTERM])
    pathlib.Path("begun").write_text(str(os.getpid()))
    time.sleep(600)
"""
STARTS = """
from pytest_fairness.mitigation import forks
from pytest_fairness.options import interrupt_when_terminated

forks._TIME_TO_END = 1
interrupt_when_terminated()
with forks.warm_runs({}) as run:
    run(["test_it.py"])
"""


@pytest.fixture
def telling(tmp_path, monkeypatch):
    """Tests that tell what they are run in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    monkeypatch.setenv("GONE", "not yet")
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
        assert cold.variables is not None
        told = {name: cold.variables[name] for name in ("HF_HUB_OFFLINE", "GONE")}
        assert told == {"HF_HUB_OFFLINE": "1", "GONE": None}, "as conftest.py has it"
        monkeypatch.setenv("TOLD", "warm")
        with warm_runs(cold.variables) as run:
            warm = [run(["test_it.py"], part="heldout"), run(["test_it.py"])]
        assert all(found.passed and "2 passed" in found.output for found in (cold, *warm))

    def test_what_fails_in_a_fork_alone_does_not_fail(self, monkeypatch):
        Path("test_it.py").write_text(MOODY)
        with warm_runs({}) as run:
            assert run(["test_it.py"]).passed
            with pytest.raises(MitigationError, match="Expected were test files"):
                run(["test_nowhere.py"])

    def test_a_warm_process_that_has_died_is_not_missed(self, monkeypatch):
        monkeypatch.setenv("TOLD", "cold")
        monkeypatch.setattr(forks, "_WARM", Path("nowhere.py"))
        with warm_runs({}) as run:
            assert run(["test_it.py"]).passed

    def test_tests_without_transformers_are_run_without_it(self):
        Path("test_it.py").write_text(MOODY)
        found = run_tests(["test_it.py"])
        assert found.variables is None
        with warm_runs(found.variables) as run:
            assert run is run_tests

    def test_a_run_ends_with_whoever_started_it(self):
        """Ctrl-C, or a polite kill, ends the run too, in its own time: fixtures clean up."""
        Path("test_it.py").write_text(SLOW)
        process = subprocess.Popen([sys.executable, "-c", STARTS], stderr=subprocess.DEVNULL)
        wait_for(Path("begun").exists)
        process.terminate()
        process.wait(60)
        wait_for(Path("cleaned").exists)

    def test_a_run_that_does_not_end_is_ended(self):
        Path("test_it.py").write_text(STUBBORN)
        process = subprocess.Popen([sys.executable, "-c", STARTS], stderr=subprocess.DEVNULL)
        wait_for(lambda: Path("begun").exists() and Path("begun").read_text())
        process.terminate()
        process.wait(60)
        run = Path(f"/proc/{Path('begun').read_text()}/stat")
        wait_for(lambda: not run.exists() or run.read_text().rpartition(")")[2].split()[0] == "Z")


def wait_for(is_so):
    """Wait until something is so, for a minute."""
    for _ in range(600):
        if is_so():
            return
        time.sleep(0.1)
    raise AssertionError("it never was")
