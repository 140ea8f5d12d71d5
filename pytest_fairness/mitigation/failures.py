"""What a run of the tests says where no check failed: that all pass, or why none of them could."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

from pytest_fairness.errors import MitigationError
from pytest_fairness.mitigation.caller import PYTHON, Caller
from pytest_fairness.mitigation.runner import TestRun
from pytest_fairness.telling import TestError

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
            f"learn from: {told(run.errors)}"
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


def refuse_own_errors(errors: Iterable[TestError], caller: Caller = PYTHON) -> None:
    """Refuse tests that cannot run as they are written: no repair of a model makes them pass.

    What a test asserts of the model, or trips over in its answers, may be mended.

    Raises
    ------
    MitigationError
        It names the tests and their errors.
    """
    own = [error for error in errors if _NO_ANSWER.match(error.message)]
    if own:
        raise MitigationError(
            f"No repair makes all these tests pass, since some cannot run as they are written: "
            f"{told(own)} Mend them, or leave them out{caller.leaving_out}."
        )


def told(errors: Iterable[TestError]) -> str:
    """Return the errors of tests in a sentence, each once, with the tests that end in it."""
    tests = defaultdict[str, list[str]](list)
    for error in errors:
        tests[cut(error.message)].append(error.test)
    if not tests:
        return "run pytest and read why."
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
