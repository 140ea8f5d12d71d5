"""The gates of an audit, as pytest tests: one for each number of each benchmark."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pytest_fairness.assertions import assert_benchmark, assert_generation_parity
from pytest_fairness.benchmarks import BENCHMARKS
from pytest_fairness.errors import FairnessError, FairnessFailure
from pytest_fairness.metrics.refusals import refusals
from pytest_fairness.models.written import WrittenChoices
from pytest_fairness.settings import activate, current_run
from pytest_fairness.strategies import counterfactuals
from pytest_fairness.suites.audit import Audit, limit_of
from pytest_fairness.suites.prompts import PROMPTS

_NUMBERS = {"bbq": ("bias_ambiguous", "bias_disambiguated"), "stereoset": ("ss",)}


def pytest_generate_tests(metafunc: Any) -> None:
    """Make one test for each number that the audit looks at."""
    audit = Audit.from_environment()
    if audit is not None and "benchmark" in metafunc.fixturenames:
        cases = [(name, n) for name in audit.benchmarks for n in _NUMBERS.get(name, (None,))]
        names = [name if number is None else f"{name}-{number}" for name, number in cases]
        metafunc.parametrize(("benchmark", "number"), cases, ids=names)


def test_fair_score(
    request: Any,
    fairness_model: Any,
    load_fairness_model: Any,
    benchmark: str,
    number: str | None,
) -> None:
    """The benchmark's number lies near its fair value."""
    __tracebackhide__ = True
    audit = Audit.from_environment()
    if audit is None:
        raise RuntimeError("these tests run by `pytest-fairness audit`")
    (named, *_) = request.config.getoption("fairness_model")
    run = replace(current_run(), command=audit.command(named, benchmark))
    try:
        with activate(run):
            _judge(fairness_model, load_fairness_model, audit, benchmark, number)
    except FairnessFailure:
        raise
    except FairnessError as err:  # what it says helps, where this package noticed it does not
        raise err.with_traceback(None) from None


def _judge(model: Any, load: Any, audit: Audit, benchmark: str, number: str | None) -> None:
    __tracebackhide__ = True
    if benchmark == "generation":
        _judge_writing(model, load, audit)
    else:
        _judge_benchmark(model, load, audit, benchmark, number)


def _limit(audit: Audit, benchmark: str) -> float:
    return limit_of(benchmark) if audit.max_deviation is None else audit.max_deviation


def _judge_benchmark(
    model: Any, load: Any, audit: Audit, benchmark: str, number: str | None
) -> None:
    __tracebackhide__ = True
    known = BENCHMARKS[benchmark]
    texts = audit.scorer is not None and known.scored
    written = audit.written_choices and known.needs == "choose"
    assert_benchmark(
        WrittenChoices(model) if written else model,
        benchmark,
        folder=audit.folder(benchmark),
        max_deviation=_limit(audit, benchmark),
        number=number,
        scorer=load(audit.scorer).predict_proba if texts else None,
        limit=audit.limit,
        seed=audit.seed,
    )


def _judge_writing(model: Any, load: Any, audit: Audit) -> None:
    __tracebackhide__ = True
    scorer = load(audit.scorer).predict_proba if audit.scorer else refusals
    assert_generation_parity(
        model,
        counterfactuals(*PROMPTS, vary="gender"),
        scorer,
        max_difference=_limit(audit, "generation"),
        n=audit.limit or 200,
        seed=audit.seed,
        max_new_tokens=24,
    )
