"""What a run of the tests says where no check failed: that all pass, or why none of them could."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby, takewhile

from pytest_fairness.errors import MitigationError
from pytest_fairness.mitigation.caller import PYTHON, Caller
from pytest_fairness.mitigation.runner import TestRun

_HEADING = re.compile(r"^_{3,} (?:(ERROR) (?:at \w+ of|collecting) )?(.+?) _{3,}$")
_SUMMARY = re.compile(r"^(FAILED|ERROR) (.+?\.py(?:::[^[]*?(?:\[.*?\])?)?)(?: - (.*))?$")
_RULE = re.compile(r"^[-=]{3,}")
_OF_ERROR = "E   "
_CAPTURED = re.compile(r"^-{3,} Captured ")
_NO_ANSWER = re.compile(  # of no model mends these: the test cannot run as it is written
    r"(?:NameError|ImportError|ModuleNotFoundError|SyntaxError|IndentationError|FileNotFoundError)"
    r"(?::|$)|fixture '.*' not found"
    r"|File \"[^\"]*\.py\", line \d+ .*(?:SyntaxError|IndentationError|TabError):"
)
_MOST = 3  # errors, or tests with the same one, in a sentence
_LONGEST = 400  # characters of one


def nothing_failed(run: TestRun) -> tuple[bool, str]:
    """Say whether nothing needs a repair, and why, of a run in which no check failed."""
    if not run.passed:
        return False, (
            "no check failed with evidence, yet the tests do not pass, so that there is nothing to "
            f"learn from: {told(run.output)}"
        )
    if not run.outcomes:
        return False, (
            "no fairness check ran in these tests, so that nothing is shown. Name tests that call "
            "one on the model, such as assert_counterfactual_invariance."
        )
    open_ones = [outcome for outcome in run.outcomes if not outcome.passed]
    if open_ones:
        return False, (
            f"no check failed, and {len(open_ones)} of {len(run.outcomes)} did not pass: "
            f"{open_ones[0].reason}"
        )
    n = len(run.outcomes)
    found = "the one check passes" if n == 1 else f"all {n} checks pass"
    return True, f"nothing to repair: {found}."


def first_errors(output: str) -> dict[str, str]:
    r"""Return the error of each test that did not pass, from what pytest wrote.

    Examples
    --------
    >>> first_errors("____ test_a ____\n>   load()\nE   ValueError: no model\nE   at all")
    {'test_a': 'ValueError: no model at all'}
    >>> first_errors("FAILED test_x.py::test_a - ValueError: no model")
    {'test_x.py::test_a': 'ValueError: no model'}
    """
    lines = output.splitlines()
    summed = [m.groups(default="") for m in map(_SUMMARY.match, lines) if m]
    found: dict[str, str] = {}
    for kind, name, error in _sections(lines):  # in the order of the summary, kind by kind
        known = [full for listed, full, _ in summed if listed == kind and full not in found]
        found[_full_name(name, known)] = error
    return found or {full: error for _, full, error in summed}


def refuse_own_errors(output: str, caller: Caller = PYTHON) -> None:
    """Refuse tests that cannot run as they are written: no repair of a model makes them pass.

    What a test asserts of the model, or trips over in its answers, may be mended.

    Raises
    ------
    MitigationError
        It names the tests and their errors.
    """
    errors = first_errors(output)
    own = {name: error for name, error in errors.items() if _NO_ANSWER.match(error)}
    if own:
        raise MitigationError(
            f"No repair makes all these tests pass, since some cannot run as they are written: "
            f"{_told(own)} Mend them, or leave them out{caller.leaving_out}."
        )


def _sections(lines: list[str]) -> Iterator[tuple[str, str, str]]:
    """Yield kind and name above each traceback with its last message: earlier ones led to it."""
    heads = [(i, m.groups()) for i, line in enumerate(lines) if (m := _HEADING.match(line))]
    ends = [*(i for i, _ in heads[1:]), len(lines)]
    for (start, (kind, name)), end in zip(heads, ends, strict=False):
        if said := _message(lines[start + 1 : end]):
            yield kind or "FAILED", name, said


def _message(section: list[str]) -> str:
    """Return the last message of a traceback, or the text that stands where there is none."""
    section = list(takewhile(lambda line: not _CAPTURED.match(line), section))
    runs = groupby(section, key=lambda line: line.startswith(_OF_ERROR))
    marked = [[line[1:] for line in run] for is_error, run in runs if is_error]
    plain = list(takewhile(lambda line: not _RULE.match(line), section))
    if plain and plain[0].startswith("Traceback"):  # as Python writes it
        plain = [line for line in plain if line.strip()][-1:]
    return " ".join(" ".join(marked[-1] if marked else plain).split())


def _full_name(name: str, known: Iterable[str]) -> str:
    """Return the first node id that a heading may stand for; the name itself where none may."""
    ending = f"::{name.replace('.', '::', name.partition('[')[0].count('.'))}"
    return next((full for full in known if full.endswith(ending)), name)


def told(output: str) -> str:
    """Return the errors of tests in a sentence, each once, with the tests that end in it."""
    errors = first_errors(output)
    return _told(errors) if errors else "run pytest and read why."


def _told(errors: Mapping[str, str]) -> str:
    tests = defaultdict[str, list[str]](list)
    for name, error in errors.items():
        tests[cut(error)].append(name)
    told = [f"{_listed(names)}: {error.rstrip('.')}" for error, names in tests.items()]
    return f"{'; '.join(_at_most(told))}."


def _listed(names: list[str]) -> str:
    return ", ".join(_at_most(names))


def _at_most(entries: list[str]) -> list[str]:
    more = len(entries) - _MOST
    return [*entries[:_MOST], *([f"and {more} more"] if more > 0 else [])]


def cut(text: str) -> str:
    """Return a message, or the beginning of a long one."""
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
