"""A search of settings by optuna: where to look is learnt, and what falls behind is stopped."""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pytest_fairness.errors import MissingPackageError
from pytest_fairness.mitigation.config import MitigationConfig
from pytest_fairness.mitigation.front import Evaluation, Front
from pytest_fairness.mitigation.search_grid import Grid, is_ordered
from pytest_fairness.mitigation.session import Progress

if TYPE_CHECKING:
    from pytest_fairness.mitigation.search import Run, Say, Trial

_SHIFT = 1e-4  # what the mean shift counts beside the flip rate: it breaks ties
_START = 2  # settings that are drawn at random and never stopped


def by_optuna(grid: Grid, run: Run, say: Say) -> tuple[MitigationConfig, tuple[Trial, ...]]:
    """Return the fairest setting that was trained to its end, and all that was tried.

    Parameters
    ----------
    grid : Grid
    run : callable
        From a setting, steps and `on_step` to what fine-tuning gives.
    say : callable
        Told a line of each setting.

    Raises
    ------
    MissingPackageError
        If optuna is not installed.
    """
    grid = grid.in_order()
    search = _Search(grid, run, say)
    with _study(grid) as study:
        for _ in range(min(grid.budget, len(grid))):
            search.follow(study)
    return search.best.config, tuple(search.trials.values())


class _Search:
    """What was tried so far, by the places of a setting's values: none is tried twice."""

    def __init__(self, grid: Grid, run: Run, say: Say) -> None:
        self._grid, self._run, self._say = grid, run, say
        self._draws = random.Random(grid.config.seed)
        self._before: Evaluation | None = None  # the model before the repair, alike in all runs
        self.trials: dict[tuple[int, ...], Trial] = {}

    @property
    def best(self) -> Trial:
        """The fairest of those that were trained to their end."""
        whole = [t for t in self.trials.values() if t.steps == self._grid.config.max_steps]
        return min(whole, key=lambda trial: trial.best.unfairness)

    def follow(self, study: Any) -> None:
        """Take one suggestion, and tell what it led to."""
        asked, places = self._fresh(study)
        found = self._tried(self._grid.setting(places), asked)
        self.trials[tuple(places.values())] = found
        if found.steps < self._grid.config.max_steps:
            study.tell(asked, state=_states().PRUNED)
        else:
            study.tell(asked, _value(found.best))

    def _fresh(self, study: Any) -> tuple[Any, dict[str, int]]:
        """Return what the study suggests, or by lot a new setting where that one is known."""
        asked = study.ask()
        places = self._places(asked)
        if tuple(places.values()) not in self.trials:
            return asked, places
        study.tell(asked, state=_states().FAIL)
        while tuple(places.values()) in self.trials:
            places = self._grid.places(self._draws.randrange(len(self._grid)))
        study.enqueue_trial(places)
        asked = study.ask()
        return asked, self._places(asked)

    def _places(self, asked: Any) -> dict[str, int]:
        return {name: _place(asked, name, v) for name, v in self._grid.choices.items()}

    def _tried(self, setting: MitigationConfig, asked: Any) -> Trial:
        from pytest_fairness.mitigation.search import Trial

        start, watch = time.perf_counter(), _Watch(setting, asked, self._before)
        try:
            tuned = self._run(setting, setting.max_steps, on_step=watch)
        except _Stopped as stop:
            trial = Trial(setting, stop.step, stop.best, time.perf_counter() - start)
        else:
            if self._before is None:
                _Watch(setting, asked, tuned.before).recall(tuned.history[1:])
            self._before = tuned.before
            trial = Trial(setting, setting.max_steps, tuned.best, tuned.seconds)
        self._say(self._grid.told(setting, trial.steps, trial.best))
        return trial


class _Stopped(Exception):
    """A run that fell behind; not an error."""

    def __init__(self, step: int, best: Evaluation) -> None:
        super().__init__(step)
        self.step, self.best = step, best


class _Watch:
    """What a run is told at each step: it reports the best state so far, and stops the run.

    The utility limit is one below the model before the repair. The first run, in which that is not
    known yet, is reported when it is over.
    """

    def __init__(self, setting: MitigationConfig, asked: Any, before: Evaluation | None) -> None:
        self._last, self._asked = setting.max_steps, asked
        self._front: Front | None = None
        if before is not None:
            self._front = Front(setting.margin_in_training, patience=setting.max_steps)
            self._front.add(before)

    def __call__(self, progress: Progress) -> None:
        if progress.evaluation is None or self._front is None:
            return
        self.recall([progress.evaluation])
        if progress.step < self._last and self._asked.should_prune():
            raise _Stopped(progress.step, self._front.best)

    def recall(self, history: Iterable[Evaluation]) -> None:
        """Report evaluations in their order."""
        assert self._front is not None
        for evaluation in history:
            self._front.add(evaluation)
            self._asked.report(_value(self._front.best), evaluation.step)


def _value(best: Evaluation) -> float:
    """Return what is minimised as one number: the mean shift only breaks ties."""
    rate, shift = best.unfairness
    return rate + _SHIFT * shift


def _place(asked: Any, name: str, values: Sequence[Any]) -> int:
    """Return the place of the value to try; that of numbers, which are sorted, is a number."""
    if is_ordered(values):
        return int(asked.suggest_int(name, 0, len(values) - 1))
    return int(asked.suggest_categorical(name, range(len(values))))


def _states() -> Any:
    from optuna.trial import TrialState

    return TrialState


@contextmanager
def _study(grid: Grid) -> Iterator[Any]:
    """Yield a study that keeps its own counsel: optuna's messages go on as before afterwards."""
    try:
        import optuna
    except ImportError as err:
        feature = 'search_config(sampler="optuna")'
        raise MissingPackageError.for_feature(feature, "optuna", "search") from err
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        yield optuna.create_study(
            sampler=optuna.samplers.TPESampler(
                seed=grid.config.seed, n_startup_trials=max(_START, grid.budget // 3)
            ),
            pruner=optuna.pruners.MedianPruner(n_startup_trials=_START),
        )
    finally:
        optuna.logging.set_verbosity(before)
