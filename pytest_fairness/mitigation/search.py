"""A small search over the settings of fine-tuning, on validation material alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pytest_fairness.mitigation.checking import check_callable, check_choice
from pytest_fairness.mitigation.config import MitigationConfig
from pytest_fairness.mitigation.data import Labelled, Rows
from pytest_fairness.mitigation.front import Evaluation
from pytest_fairness.mitigation.plan import TextPair
from pytest_fairness.mitigation.search_grid import Grid, grid_of
from pytest_fairness.mitigation.search_material import material_of
from pytest_fairness.mitigation.session import Progress
from pytest_fairness.mitigation.training import FineTuned, fine_tune
from pytest_fairness.perturb import Pair

SAMPLERS = ("halving", "optuna")
CHOICES: Mapping[str, Sequence[Any]] = MappingProxyType(
    {
        "learning_rate": (2e-5, 5e-5, 1e-4, 3e-4),
        "freeze_layers": (None, 0),
        "objectives": (
            {"consistency": 1.0, "retention": 3.0},
            {"consistency": 3.0, "retention": 3.0},
            {"consistency": 1.0, "retention": 1.0},
        ),
    }
)
Run = Callable[..., FineTuned]
Say = Callable[[str], None]


@dataclass(frozen=True, repr=False)
class Trial:
    """Settings that were tried, for so many steps, and the best state that they led to.

    With fewer steps than its configuration has, a trial was one of a first round, or was stopped
    because it fell behind.
    """

    config: MitigationConfig
    steps: int
    best: Evaluation
    seconds: float

    def __repr__(self) -> str:
        unfair, accuracy = self.best.unfairness[0], self.best.accuracy
        return f"Trial({self.steps} steps, unfair {unfair:.4f}, accuracy {accuracy:.4f})"


@dataclass(frozen=True, repr=False)
class SearchResult:
    """What a search found.

    Attributes
    ----------
    config : MitigationConfig
        The settings that went furthest, with all their steps.
    trials : tuple of Trial
        All that was run, in order.
    """

    config: MitigationConfig
    trials: tuple[Trial, ...]

    def __repr__(self) -> str:
        best = [trial for trial in self.trials if trial.config == self.config][-1:]
        return f"SearchResult({len(self.trials)} trials, best: {', '.join(map(repr, best))})"


def search_config(
    folder: str | Path,
    *,
    rows_train: Labelled | Rows,
    rows_validation: Labelled | Rows,
    pairs_train: Sequence[TextPair | Pair],
    pairs_validation: Sequence[TextPair | Pair],
    config: MitigationConfig | None = None,
    choices: Mapping[str, Sequence[Any]] = CHOICES,
    budget: int = 8,
    sampler: str = "halving",
    say: Say = lambda line: None,
) -> SearchResult:
    """Search for settings of `fine_tune`, by successive halving or by optuna.

    The better settings are fairer on validation pairs within the utility limit on validation rows.
    Held-out material takes no part: judge the result with `mitigate`.

    Parameters
    ----------
    folder : str or Path
        As for `fine_tune`.
    rows_train, rows_validation : Labelled or Rows
        As for `fine_tune`; labels of rows are matched with the model's.
    pairs_train, pairs_validation : sequence of Pair, or of pairs of str
        As for `fine_tune`; none may stand in both.
    config : MitigationConfig, optional
        What is not searched for; its method must be one that fine-tunes. ``"auto"`` is taken for
        ``"full"``.
    choices : mapping of str to sequence
        Values of each field of `MitigationConfig` that is searched for.
    budget : int, at least 2
        Settings that are tried at most.
    sampler : {"halving", "optuna"}
        How settings are drawn and dropped; all draws follow the seed of `config`.

        - ``"halving"``: `budget` settings are drawn without repetition and trained for few steps;
          the better half is trained anew for twice as many, until one is left, with all its steps.
          All together cost as much as log2(budget) + 1 full runs.
        - ``"optuna"``: each setting is drawn by what the ones before it led to (tree-structured
          Parzen estimators), and stopped at an evaluation at which it lies behind the median of
          those before. All together cost as much as `budget` full runs at most.
    say : callable
        Told what happens, a line at a time.

    Returns
    -------
    SearchResult

    Raises
    ------
    ArgumentError
        If a field does not exist or cannot be searched for, a value is out of range, the budget is
        too small, or validation material is training material.
    ArgumentTypeError
        If rows, pairs or choices are of another kind.
    MissingPackageError
        If optuna is asked for and not installed.

    References
    ----------
    Jamieson and Talwalkar (2016), "Non-stochastic best arm identification and hyperparameter
    optimization". Bergstra, Bardenet, Bengio and Kegl (2011), "Algorithms for hyper-parameter
    optimization". Akiba, Sano, Yanase, Ohta and Koyama (2019), "Optuna: a next-generation
    hyperparameter optimization framework".
    """
    check_choice("sampler", sampler, SAMPLERS)
    check_callable("say", say, "that is told a line at a time")
    grid = grid_of(config, choices, budget)
    material = material_of(folder, rows_train, rows_validation, pairs_train, pairs_validation)
    run = partial(_run, folder, **material)
    if sampler == "halving":
        return _halving(grid, run, say)
    from pytest_fairness.mitigation.search_optuna import by_optuna

    return SearchResult(*by_optuna(grid, run, say))


def _run(
    folder: str | Path,
    setting: MitigationConfig,
    steps: int,
    on_step: Callable[[Progress], None] | None = None,
    **material: Any,
) -> FineTuned:
    run = replace(setting, max_steps=steps, eval_every=min(setting.eval_every, steps))
    return fine_tune(folder, config=run, on_step=on_step, **material)


def _halving(grid: Grid, run: Run, say: Say) -> SearchResult:
    left = grid.drawn()
    trials: list[Trial] = []
    rounds = max(1, math.ceil(math.log2(len(left))) + 1)
    for number in range(rounds):
        steps = max(1, math.ceil(grid.config.max_steps / 2 ** (rounds - 1 - number)))
        fresh = []
        for setting in left:
            tuned = run(setting, steps)
            fresh.append(Trial(setting, steps, tuned.best, tuned.seconds))
            say(grid.told(setting, steps, tuned.best))
        trials += fresh
        fresh.sort(key=lambda trial: trial.best.unfairness)  # ties keep the order of the draw
        left = [trial.config for trial in fresh[: max(1, len(fresh) // 2)]]
    return SearchResult(left[0], tuple(trials))
