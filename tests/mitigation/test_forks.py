"""Running a user's tests in forks of a warm process: as a run by itself is, and ended with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pytest_fairness import MitigationError, Verdict
from pytest_fairness.mitigation import forks
from pytest_fairness.mitigation.forks import warm_runs
from pytest_fairness.mitigation.runner import TestRun, run_tests
from pytest_fairness.telling import TestError

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
import pytest
from pytest_fairness import assert_demographic_parity

def check(answers):
    assert_demographic_parity(
        answers, sensitive_features=["she", "he"] * (len(answers) // 2), max_difference=0.1
    )

@pytest.mark.xfail(strict=True)
def test_expected_to_fail():
    check([1, 0] * 100)

def test_fair():
    check([1, 1, 0, 0] * 500)

def test_it():
    assert "zipapp" not in sys.modules
"""
SLOW = """
import os, pathlib, time
import pytest

@pytest.fixture
def kept():
    pathlib.Path("begun").write_text(str(os.getpid()))
    yield
    time.sleep(1)
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
import sys
from pytest_fairness.mitigation import forks, runner
from pytest_fairness.options import interrupt_when_terminated

forks.FOR_TESTS = ["json"]  # quick to import
runner._TIME_TO_END = float(sys.argv[2])
interrupt_when_terminated()
first = runner.TestRun(True, (), variables={} if sys.argv[1] == "warm" else None)
with forks.warm_runs(first) as run:
    run(["test_it.py"])
"""
WARM = TestRun(True, (), variables={})


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
        with warm_runs(cold) as run:
            warm = [run(["test_it.py"], part="heldout"), run(["test_it.py"])]
        assert all(found.passed and not found.errors for found in (cold, *warm))

    def test_what_fails_in_a_fork_alone_does_not_fail(self, monkeypatch):
        """What failed there is run again whole, also where it failed beside checks that did."""
        monkeypatch.setattr(forks, "FOR_TESTS", ["zipapp"])
        Path("test_it.py").write_text(MOODY)
        Path("pytest.ini").write_text("[pytest]\naddopts = --last-failed\n")
        with warm_runs(WARM) as run:
            found = run(["test_it.py"])
            assert found.passed
            assert [outcome.verdict for outcome in found.outcomes] == [Verdict.FAIL, Verdict.PASS]
            with pytest.raises(MitigationError, match="Expected were test files"):
                run(["test_nowhere.py"])

    def test_a_warm_process_that_has_died_is_not_missed(self, monkeypatch):
        monkeypatch.setenv("TOLD", "cold")
        monkeypatch.setattr(forks, "_WARM", Path("nowhere.py"))
        with warm_runs(WARM) as run:
            assert run(["test_it.py"]).passed

    def test_tests_without_transformers_are_run_without_it(self):
        Path("test_it.py").write_text(MOODY)
        found = run_tests(["test_it.py"])
        assert found.variables is None
        with warm_runs(found) as run:
            assert run is run_tests

    def test_nothing_is_forked_where_more_failed_than_checks(self):
        """What fails by itself may pass in a fork, and a repair would be said to have mended it."""
        failed = TestRun(False, (), (TestError("test_it.py::test_it", "call", "assert 0"),), {})
        with warm_runs(failed) as run:
            assert run is run_tests


@pytest.fixture
def begin(telling):
    """Begin a run of tests, which tell when they are in the middle of it."""

    def begin(kind, tests, patience):
        Path("test_it.py").write_text(tests)
        command = [sys.executable, "-c", STARTS, kind, str(patience)]
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL, start_new_session=True)
        wait_for(lambda: Path("begun").exists() and Path("begun").read_text())
        return process

    return begin


@pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux alone")
class TestEnds:
    """Runs end with whoever began them."""

    @pytest.mark.parametrize("kind", ["cold", "warm"])
    def test_a_polite_kill_lets_fixtures_clean_up(self, begin, kind):
        process = begin(kind, SLOW, 60)
        process.terminate()
        process.wait(60)
        assert Path("cleaned").exists()

    @pytest.mark.parametrize("kind", ["cold", "warm"])
    def test_so_does_an_interrupt_that_all_are_sent(self, begin, kind):
        """As a terminal does; whoever began the run passes it on once more."""
        process = begin(kind, SLOW, 60)
        os.killpg(process.pid, signal.SIGINT)
        process.wait(60)
        assert Path("cleaned").exists()

    @pytest.mark.parametrize("kind", ["cold", "warm"])
    def test_a_run_that_does_not_end_is_ended(self, begin, kind):
        process = begin(kind, STUBBORN, 1)
        process.terminate()
        process.wait(60)
        wait_for(is_gone)

    def test_a_fork_ends_with_a_process_that_is_killed(self, begin):
        process = begin("warm", SLOW, 60)
        process.kill()
        process.wait(60)
        wait_for(is_gone)


def is_gone():
    """Whether the run that left its number has ended."""
    run = Path(f"/proc/{Path('begun').read_text()}/stat")
    return not run.exists() or run.read_text().rpartition(")")[2].split()[0] == "Z"


def wait_for(is_so):
    """Wait until something is so, for a minute."""
    for _ in range(600):
        if is_so():
            return
        time.sleep(0.1)
    raise AssertionError("it never was")
