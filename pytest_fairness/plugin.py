"""pytest's side: options, marker, fixtures, collection of outcomes, summary. No arithmetic."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from pytest_fairness import options
from pytest_fairness.errors import ArgumentError

if TYPE_CHECKING:
    from pytest_fairness.mitigation import Rows
    from pytest_fairness.models import Model
    from pytest_fairness.outcome import Outcome
    from pytest_fairness.session import ModelKey, ModelStore
    from pytest_fairness.settings import Settings
    from pytest_fairness.sharing import AlphaPlan
    from pytest_fairness.telling import TestError

_PROPERTY = "pytest_fairness"
_USES = "pytest_fairness_model"
_SHOWN = ("alpha", "alpha_sharing", "inconclusive", "seed", "part")
_PLAN = pytest.StashKey["AlphaPlan"]()
_ROWS = pytest.StashKey["Rows"]()
_MODELS = pytest.StashKey["ModelStore"]()
_SETTINGS = pytest.StashKey["Settings"]()
_AT_FIRST = dict(os.environ)  # before any conftest.py


# Options


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options and their ini keys."""
    group = parser.getgroup("fairness", "fairness of language models")
    group.addoption(
        "--fairness-model",
        action="append",
        metavar="PATH",
        help="Folder or hub id that fairness_model loads; give it again for more models.",
    )
    group.addoption(
        "--fairness-report",
        action="append",
        metavar="FILE",
        help="Write the outcomes to FILE, .html or .json; give it again for more files.",
    )
    group.addoption(
        "--fairness-mitigate",
        metavar="DIR",
        help="After the tests, repair each failing model into a folder in DIR and test it again.",
    )
    group.addoption(
        "--fairness-train",
        metavar="FILE",
        help="Rows with a column text, and label where they have one, that a repair learns from "
        "(.csv, .tsv, .jsonl, .parquet).",
    )
    group.addoption("--fairness-looks", metavar="N", help=argparse.SUPPRESS)  # a repair gives it
    group.addoption("--fairness-told", metavar="FILE", help=argparse.SUPPRESS)  # and this
    parser.addini("fairness_model", "Models that fairness_model loads.", type="linelist")
    parser.addini("fairness_report", "Files to write the outcomes to.", type="linelist")
    for option in options.OPTIONS:
        group.addoption(f"--fairness-{option.name}", metavar="VALUE", help=option.help)
        parser.addini(f"fairness_{option.key}", option.help, default=option.default)


@contextmanager
def _usage_errors() -> Iterator[None]:
    """Show a bad value as pytest shows bad usage: one line, before any test runs."""
    try:
        yield
    except ArgumentError as err:
        raise pytest.UsageError(str(err)) from err


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, and refuse bad options before any test runs."""
    config.addinivalue_line("markers", options.MARKER)
    with _usage_errors():
        _said(config, written=False)
        _said(config, written=True)
        for path in _report_paths(config):
            options.check_report_path(path)
        _check_repair(config)
    config.pluginmanager.register(_Session(config), "fairness-session")


def _check_repair(config: pytest.Config) -> None:
    """Refuse a repair that could not begin: its folder is a file, or its rows cannot be read."""
    folder, train = config.getoption("fairness_mitigate"), config.getoption("fairness_train")
    here = config.invocation_params.dir
    if train and not folder:
        raise ArgumentError("--fairness-train is for --fairness-mitigate DIR. Give that too.")
    if folder and (here / folder).is_file():
        raise ArgumentError(f"--fairness-mitigate={folder} is a file. Name a folder.")
    if train:
        from pytest_fairness.mitigation import read_rows
        from pytest_fairness.mitigation.data.files import file_columns

        label = "label" if "label" in file_columns(here / train) else None
        config.stash[_ROWS] = read_rows(here / train, "text", label)


def _said(config: pytest.Config, *, written: bool) -> dict[str, Any]:
    """Return what the ini file, or the command line, says; None where it says nothing."""
    read_from = config.getini if written else config.getoption
    listed = options.OPTIONS if written else (*options.OPTIONS, options.LOOKS)
    said = {option: read_from(f"fairness_{option.key}") for option in listed}
    return {option.key: option.value_of(text) for option, text in said.items()}


def _report_paths(config: pytest.Config) -> list[Path]:
    if typed := config.getoption("fairness_report"):
        return [config.invocation_params.dir / path for path in typed]
    return [config.rootpath / path for path in config.getini("fairness_report")]


def _settings(item: pytest.Item) -> Settings:
    """Resolve option, marker and ini for one test, in that order."""
    marked = {k: v for k, v in _marked(item).items() if k not in ("model", "revision")}
    return _resolve(item.config, marked) if marked else _run_settings(item.config)


def _run_settings(config: pytest.Config) -> Settings:
    """Return the settings of tests without a marker."""
    if _SETTINGS not in config.stash:
        config.stash[_SETTINGS] = _resolve(config, {})
    return config.stash[_SETTINGS]


def _resolve(config: pytest.Config, marked: dict[str, Any]) -> Settings:
    from pytest_fairness.settings import resolve

    return resolve(_said(config, written=False), marked, _said(config, written=True))


def _marked(item: pytest.Item) -> dict[str, Any]:
    """Return the keywords of the fairness markers of a test, the closest one winning."""
    marked: dict[str, Any] = {}
    for marker in item.iter_markers("fairness"):
        marked = {**marker.kwargs, **marked}
    return marked


# Collection


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test once for each model that the option, its marker or the ini file names."""
    if "fairness_model" in metafunc.fixturenames:
        keys = _model_keys(metafunc.definition) if _is_sound(metafunc.definition) else []
        params: list[ModelKey | None] = [*keys] if keys else [None]
        metafunc.parametrize(
            "fairness_model",
            params,
            ids=[key.short if key else "no-model" for key in params],
            indirect=True,
            scope="session",
        )


def _is_sound(item: pytest.Item) -> bool:
    """Whether the markers of a test can be used; what is wrong is said once all are collected."""
    try:
        _check_markers(item)
    except ArgumentError:
        return False
    return True


def _check_markers(item: pytest.Item) -> None:
    for marker in item.iter_markers("fairness"):
        options.check_marker(marker.args, marker.kwargs, item.nodeid)
    try:
        _settings(item)
    except ArgumentError as err:
        raise ArgumentError(f"{item.nodeid}: the fairness marker has {err}") from err


def _model_keys(item: pytest.Item) -> list[ModelKey]:
    from pytest_fairness.session import ModelKey

    settings, marked = _settings(item), _marked(item)
    return [
        ModelKey(
            model=_located(model, item),
            device=settings.device,
            dtype=settings.dtype,
            revision=marked.get("revision"),
            batch_tokens=settings.batch_tokens,
        )
        for model in _model_names(item.config, marked.get("model"))
    ]


def _model_names(config: pytest.Config, marked: Any) -> list[Any]:
    """Return the models that are named: option before marker before ini."""
    named = config.getoption("fairness_model") or marked or config.getini("fairness_model")
    return list(named) if isinstance(named, (list, tuple)) else [named]


def _located(model: Any, item: pytest.Item) -> Any:
    """Return the folder of a relative path, looked for from here, the root, and the test file."""
    if not isinstance(model, (str, Path)):
        return model
    here = item.config.invocation_params.dir
    for base in (here, item.config.rootpath, item.path.parent):
        if (base / model).is_dir():
            found = base / model
            return str(found.relative_to(here) if found.is_relative_to(here) else found)
    return str(model)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse unknown marker keywords; lift Hypothesis's deadline where a model answers."""
    for item in items:
        with _usage_errors():
            _check_markers(item)
        if "fairness_model" in getattr(item, "fixturenames", ()):
            _lift_deadline(getattr(item, "function", None))


def _lift_deadline(function: Any) -> None:
    if getattr(function, "is_hypothesis_test", False):
        from pytest_fairness.strategies import without_deadline

        without_deadline(function)


# Fixtures


@pytest.fixture(scope="session")
def fairness_model(request: pytest.FixtureRequest) -> Model:
    """Give the model under test, loaded once and freed after its last test.

    Name it by ``--fairness-model``, by the marker or by the ini key ``fairness_model``; a test runs
    once for each model named. It has ``predict(texts)``, ``predict_proba(texts)`` and
    ``logits(texts)``::

        @pytest.mark.fairness(model="models/resume-screener")
        def test_decisions_rarely_flip(fairness_model):
            assert_counterfactual_invariance(fairness_model, resumes, max_flip_rate=0.01)
    """
    if request.param is None:
        pytest.fail(
            "fairness_model does not know which model to load. Name one by --fairness-model=PATH, "
            'by @pytest.mark.fairness(model="PATH"), or by fairness_model = PATH in the ini file.',
            pytrace=False,
        )
    return _load_or_fail(lambda: _store(request.config).load(request.param))


@pytest.fixture(scope="session")
def load_fairness_model(request: pytest.FixtureRequest) -> Callable[..., Model]:
    """Give a function that loads further models; they are freed when the session ends.

    It takes what `pytest_fairness.load_model` takes::

        @pytest.fixture(scope="session")
        def challenger(load_fairness_model):
            return load_fairness_model("models/challenger", dtype="bfloat16")
    """
    store = _store(request.config)

    def load(model: Any, **load_options: Any) -> Model:
        return _load_or_fail(lambda: store.load_other(model, **load_options))

    return load


def _store(config: pytest.Config) -> ModelStore:
    if _MODELS not in config.stash:
        from pytest_fairness.models import load_model
        from pytest_fairness.session import ModelStore

        config.stash[_MODELS] = ModelStore(load_model)
    return config.stash[_MODELS]


def _load_or_fail(load: Callable[[], Model]) -> Model:
    """Turn a model that cannot be loaded into one clear line, not a traceback of ours."""
    from pytest_fairness.errors import FairnessError

    try:
        return load()
    except FairnessError as err:
        message = str(err)
    pytest.fail(message, pytrace=False)


# Running and reporting


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Let the assertions of a test see its settings, and keep the outcomes they record."""
    from pytest_fairness.session import Recorder
    from pytest_fairness.settings import Run, activate

    recorder = Recorder()
    settings = _settings(item)
    shared = settings.alpha_sharing == "session"
    take = _share_taker(item) if shared else Run.take_share
    try:
        with activate(Run(settings, item.nodeid, record=recorder.record, take_share=take)):
            return (yield)
    except Exception as err:
        if not item.config.getoption("fulltrace", False):
            _hide_our_frames(err)
        raise
    finally:
        _attach(item, recorder.outcomes)


def _hide_our_frames(err: Exception) -> None:
    """Let the traceback of an error that this package raises end where a test called it."""
    from pytest_fairness.errors import FairnessError

    if not isinstance(err, FairnessError):
        return
    last, link = None, err.__traceback__
    while link is not None:
        if not str(link.tb_frame.f_globals.get("__name__", "")).startswith("pytest_fairness."):
            last = link
        link = link.tb_next
    if last is not None:
        last.tb_next = None


def _share_taker(item: pytest.Item) -> Callable[[], float]:
    """Return what gives a test its shares of alpha; the session is read when it is asked."""
    given = 0

    def take() -> float:
        nonlocal given
        given += 1
        return _plan(item).share(item.nodeid, given)

    return take


def _plan(item: pytest.Item) -> AlphaPlan:
    if _PLAN not in item.config.stash:
        from pytest_fairness.sharing import AlphaPlan

        tests = ((other.nodeid, _may_hold_a_check(other)) for other in item.session.items)
        item.config.stash[_PLAN] = AlphaPlan.of(tests)
    return item.config.stash[_PLAN]


def _may_hold_a_check(item: pytest.Item) -> bool:
    """Whether a population check is to be expected: of tests under ``@given`` there is none."""
    if getattr(getattr(item, "function", None), "is_hypothesis_test", False):
        return False
    uses = {"fairness_model", "load_fairness_model"} & set(getattr(item, "fixturenames", ()))
    if uses or item.get_closest_marker("fairness"):
        return True
    found = vars(getattr(item, "module", None) or object).values()
    return any(_is_ours(value) for value in found)


def _is_ours(value: object) -> bool:
    """Whether a module's global is an assertion of this package, or the package itself."""
    if isinstance(value, ModuleType):
        return value.__name__ == "pytest_fairness"
    return isinstance(value, FunctionType) and value.__module__.startswith(
        "pytest_fairness.assertions"
    )


def _attach(item: pytest.Item, outcomes: Sequence[Outcome]) -> None:
    """Attach outcomes and model to the test; a rerun of it replaces what the first run left."""
    item.user_properties[:] = [p for p in item.user_properties if p[0] not in (_PROPERTY, _USES)]
    key = getattr(getattr(item, "callspec", None), "params", {}).get("fairness_model")
    if key is not None and isinstance(key.model, (str, Path)):
        item.user_properties.append((_USES, str(key.model)))
    if outcomes:
        plain = [outcome.to_dict() for outcome in outcomes]
        item.user_properties.append((_PROPERTY, json.dumps(plain, ensure_ascii=False)))


class _Session:
    """The hooks of one session that need its state and are given no config."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.is_controller = not hasattr(config, "workerinput")
        told = config.getoption("fairness_told") if self.is_controller else None
        self.told = Path(told) if told else None
        self.errors: list[TestError] = []  # for what is told
        self.records: dict[str, list[dict[str, Any]]] = {}
        self.uses: dict[str, str] = {}  # tests and the folders of their models
        self.sound: set[str] = set()  # tests that did not fail, whatever their checks say

    def pytest_sessionstart(self) -> None:
        """Treat a polite kill as Ctrl-C where something is written, so that nothing is half."""
        writes = _report_paths(self.config) or self.config.getoption("fairness_mitigate")
        if self.is_controller and writes:
            options.interrupt_when_terminated(once=self.told is not None)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Note which tests need which models, so that each is freed after its last test."""
        needs = [
            (callspec.params["fairness_model"], item.nodeid)
            for item in session.items
            if (callspec := getattr(item, "callspec", None))
            and callspec.params.get("fairness_model") is not None
        ]
        if needs:
            _store(self.config).expect(needs)

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        """Free the models that no later test needs."""
        if (store := self.config.stash.get(_MODELS, None)) is not None:
            store.finish(nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Read the outcomes of a finished test, wherever it ran."""
        self._note_error(report)
        if self.is_controller and report.when == "call":
            (self.sound.discard if report.failed else self.sound.add)(report.nodeid)
            for name, value in report.user_properties:
                if name == _PROPERTY:
                    self.records[report.nodeid] = json.loads(str(value))
                elif name == _USES:
                    self.uses[report.nodeid] = str(value)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note what could not be collected."""
        self._note_error(report)

    def _note_error(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        if self.told and report.failed:
            from pytest_fairness.telling import error_of

            self.errors.append(error_of(report))

    def pytest_sessionfinish(self) -> None:
        """Free what is left, and write the reports: also of a run that was interrupted."""
        if self.told:
            from pytest_fairness.telling import write_told

            write_told(self.told, self.errors, _AT_FIRST)
        if (store := self.config.stash.get(_MODELS, None)) is not None:
            store.close()
        paths = _report_paths(self.config)
        if self.is_controller and paths and not self.config.option.collectonly:
            from pytest_fairness.reports import write_report

            for path in paths:
                write_report(
                    path,
                    self.outcomes(),
                    settings=self._settings_shown(),
                    notes=[*self._conclusions(), *self._expected_failures()],
                )

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Show one line a check; nothing where no check ran."""
        paths = _report_paths(self.config)
        if not self.records and not paths:
            return
        import shutil

        from pytest_fairness.reports import summary_table

        terminalreporter.section("fairness")
        width = shutil.get_terminal_size((100, 24)).columns
        for line in summary_table(self.outcomes(), width=width, sound=self.sound):
            terminalreporter.write_line(line)
        for sentence in self._conclusions():
            terminalreporter.write_line(sentence)
        for path in paths:
            terminalreporter.write_line(f"report: {path}")
        if self.config.getoption("fairness_mitigate"):
            self._repair(terminalreporter)

    def _repair(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Repair each failing model; the verdict of this session stays as it is."""
        import shlex

        from pytest_fairness.mitigation import MitigationConfig, repair_failing
        from pytest_fairness.mitigation.caller import PLUGIN

        here = self.config.invocation_params.dir
        rows: Rows | None = self.config.stash.get(_ROWS, None)
        terminalreporter.section("repair")
        repaired = repair_failing(
            self.outcomes(),
            here / str(self.config.getoption("fairness_mitigate")),
            root=self.config.rootpath,
            uses=self.uses,
            data=rows,
            config=MitigationConfig(progress=True),
            command=shlex.join(["pytest", *map(str, self.config.invocation_params.args)]),
            caller=PLUGIN,
            say=terminalreporter.write_line,
        )
        if not repaired:
            terminalreporter.write_line(
                "nothing to repair: no check over counterfactuals(...) failed on a model's folder"
            )

    def outcomes(self) -> list[Outcome]:
        """Return the outcomes in the order of the tests' names, however many workers ran them."""
        from pytest_fairness.outcome import Outcome

        return [Outcome.from_dict(r) for test in sorted(self.records) for r in self.records[test]]

    def _conclusions(self) -> Sequence[str]:
        """Return what can be said of all checks together."""
        from pytest_fairness.conclusions import conclusions

        settings = _run_settings(self.config)
        alpha = settings.alpha / settings.looks
        return conclusions(self.outcomes(), alpha=alpha, sharing=settings.alpha_sharing)

    def _expected_failures(self) -> Sequence[str]:
        from pytest_fairness.conclusions import expected_failures

        return expected_failures(self.outcomes(), self.sound)

    def _settings_shown(self) -> dict[str, Any]:
        shown = _run_settings(self.config)
        return {name: getattr(shown, name) for name in _SHOWN}
