"""One line that says how far a long job is, on a terminal only."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol, TextIO

LONG_SECONDS = 3.0  # a job that is expected to take less shows nothing
_FIRST_LOOK_SECONDS = 0.5
_PAUSE_SECONDS = 0.2


class Report(Protocol):
    """Something that wants to know how many texts of a job are done."""

    def __call__(self, done: int, total: int, /) -> None:
        """Take the number of texts that are done, and of all texts."""


def silent(done: int, total: int, /) -> None:
    """Show nothing."""


@contextmanager
def show_progress(progress: bool | Report | None) -> Iterator[Report]:
    """Give the report that a job should call, and clean its line up afterwards.

    Parameters
    ----------
    progress : bool, callable or None
        None shows a line for long jobs where stderr is a terminal; True and False force the
        choice; a callable is told ``(done, total)`` after each batch.
    """
    stream = sys.stderr
    if callable(progress):
        yield progress
    elif progress or (progress is None and stream.isatty()):
        line = Line(stream)
        try:
            yield line
        finally:
            line.clear()
    else:
        yield silent


@dataclass
class Line:
    """A line that is written over itself, once a job turns out to be long."""

    stream: TextIO
    clock: Callable[[], float] = time.perf_counter
    _start: float = field(init=False)
    _last: float = field(default=float("-inf"), init=False)
    _shown: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._start = self.clock()

    def __call__(self, done: int, total: int, /) -> None:
        """Redraw the line, unless that would be too early or too often."""
        now = self.clock()
        elapsed = now - self._start
        if not done or elapsed < _FIRST_LOOK_SECONDS or now - self._last < _PAUSE_SECONDS:
            return
        if elapsed * total / done >= LONG_SECONDS:
            self._draw(_sentence(done, total, elapsed))
            self._last = now

    def clear(self) -> None:
        """Leave the terminal as it was."""
        if self._shown:
            self._draw("")
            self.stream.write("\r")
            self.stream.flush()

    def _draw(self, text: str) -> None:
        self.stream.write("\r" + text.ljust(self._shown))
        self.stream.flush()
        self._shown = len(text)


def _sentence(done: int, total: int, elapsed: float) -> str:
    left = elapsed * (total - done) / done
    return f"scoring {done:,} of {total:,} texts, {done / elapsed:,.0f}/s, {left:.0f} s left"
