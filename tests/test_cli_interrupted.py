"""`pytest-fairness mitigate` that was stopped, and that is to go on: what it says."""

from __future__ import annotations

import os
import signal
import time

import pytest

from pytest_fairness import ArgumentError, mitigation
from pytest_fairness.cli import main
from pytest_fairness.mitigation.config import AUTO, METHODS

TYPED = ["mitigate", "test_it.py", "--out", "fair", "--seed", "3"]


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = signal.getsignal(signal.SIGTERM)
    yield tmp_path
    signal.signal(signal.SIGTERM, before)


def keep_a_state(folder):
    state = folder / "full" / "checkpoint-4"
    state.mkdir(parents=True)
    (state / "repair.pt").touch()


def ctrl_c():
    raise KeyboardInterrupt


def terminate():
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(60)  # until the signal has come


def stopped(monkeypatch, capsys, typed, stop=ctrl_c):
    """Return what is said of a run that is stopped as soon as it begins."""
    monkeypatch.setattr(mitigation, "mitigate_tests", lambda *args, **kwargs: stop())
    assert main(typed) == 130
    return capsys.readouterr().err


@pytest.mark.parametrize("stop", [ctrl_c, terminate])
def test_without_checkpoints_it_says_how_to_keep_them(monkeypatch, capsys, stop):
    said = stopped(monkeypatch, capsys, TYPED, stop)
    assert said == (
        "pytest-fairness mitigate: interrupted. Nothing was kept. With --checkpoints FOLDER the "
        "state of training is, and the same command with --resume FOLDER goes on from it.\n"
    )


@pytest.mark.parametrize(
    "given", [["--checkpoints", "a b"], ["--checkpoints=a b"], ["--ch", "a b"]]
)
def test_with_a_state_it_gives_the_command_to_go_on(here, monkeypatch, capsys, given):
    keep_a_state(here / "a b")
    typed = [*TYPED, *given, "--", "-k", "--checkpoints"]
    said = stopped(monkeypatch, capsys, typed)
    resume = "'--resume=a b'" if "=" in given[0] else "--resume 'a b'"
    assert said.splitlines() == [
        "pytest-fairness mitigate: interrupted. To go on where it was:",
        f"pytest-fairness mitigate test_it.py --out fair --seed 3 {resume} -- -k --checkpoints",
    ]


def test_a_run_that_goes_on_is_gone_on_from_by_the_same_command(here, monkeypatch, capsys):
    keep_a_state(here / "kept")
    said = stopped(monkeypatch, capsys, [*TYPED, "--resume", "kept"])
    assert said.endswith("mitigate test_it.py --out fair --seed 3 --resume kept\n")


def test_before_the_first_state_there_is_nothing_to_go_on_from(monkeypatch, capsys):
    said = stopped(monkeypatch, capsys, [*TYPED, "--checkpoints", "kept"])
    assert "before any state of training was kept in kept. Give the same command again." in said


def test_what_holds_no_state_cannot_be_gone_on_from(here, capsys):
    assert main([*TYPED, "--resume", "nothere"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("pytest-fairness mitigate: --resume='nothere' is no folder, so that")
    (here / "empty").mkdir()
    assert main([*TYPED, "--resume", "empty"]) == 2
    assert "--resume='empty' holds no state of a run" in capsys.readouterr().err


def test_messages_about_states_name_what_was_typed(here, monkeypatch, capsys):
    keep_a_state(here / "kept")
    expected = mitigation.MitigationConfig(seed=3, checkpoints="kept", progress=True)

    def refuse(*args, config, **kwargs):
        assert config == expected
        raise ArgumentError("checkpoints='kept' holds another run.")

    monkeypatch.setattr(mitigation, "mitigate_tests", refuse)
    assert main([*TYPED, "--resume", "kept"]) == 2
    said = capsys.readouterr().err
    assert said == "pytest-fairness mitigate: --resume='kept' holds another run.\n"


def test_help_names_every_method(capsys):
    with pytest.raises(SystemExit):
        main(["mitigate", "--help"])
    shown = " ".join(capsys.readouterr().out.split())
    assert all(f" {name}" in shown for name in (AUTO, *METHODS))
