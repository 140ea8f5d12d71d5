from __future__ import annotations

import io

import pytest

from pytest_fairness.engine import show_progress, silent
from pytest_fairness.engine.progress import Line


class Terminal(io.StringIO):
    def isatty(self):
        return True


def ticking(step):
    """A clock that moves by `step` seconds each time it is read."""
    now = [-step]

    def clock():
        now[0] += step
        return now[0]

    return clock


def shown(step, total, n=10):
    stream = io.StringIO()
    line = Line(stream, clock=ticking(step))
    for done in range(1, n + 1):
        line(done * total // n, total)
    line.clear()
    return stream.getvalue()


def test_a_long_job_is_told_and_its_line_is_wiped():
    text = shown(step=1.0, total=10_000)
    frames = text.split("\r")
    assert frames[1] == "scoring 1,000 of 10,000 texts, 1,000/s, 9 s left"
    assert frames[-2].strip() == ""
    assert len(frames[-2]) >= len(frames[-3].rstrip())
    assert frames[-1] == ""


def test_a_short_job_shows_nothing():
    assert shown(step=0.29, total=10_000) == ""


def test_the_line_is_not_redrawn_too_often():
    assert 15 <= shown(step=0.05, total=10_000, n=100).count("scoring") <= 25  # of 5 seconds


@pytest.mark.parametrize(
    ("progress", "terminal", "expected"),
    [
        (None, False, False),
        (None, True, True),
        (True, False, True),
        (False, True, False),
    ],
)
def test_by_default_only_a_terminal_shows_it(monkeypatch, progress, terminal, expected):
    monkeypatch.setattr("sys.stderr", Terminal() if terminal else io.StringIO())
    with show_progress(progress) as report:
        assert isinstance(report, Line) is expected
        assert expected or report is silent


def test_a_callable_is_told():
    told = []
    with show_progress(lambda done, total: told.append((done, total))) as report:
        report(1, 2)
    assert told == [(1, 2)]


def test_the_line_is_wiped_even_after_an_error(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)

    def interrupted():
        with show_progress(True) as report:
            report.clock = lambda: report._start + 10
            report(1, 100)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert terminal.getvalue().endswith("\r")
