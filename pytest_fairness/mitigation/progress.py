"""A bar on the terminal while a model is trained."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pytest_fairness.mitigation import processes
from pytest_fairness.mitigation.config import MitigationConfig

if TYPE_CHECKING:
    from pytest_fairness.mitigation.session import Progress

Told = Callable[["Progress"], None]


@contextmanager
def stepping(on_step: Told | None, config: MitigationConfig) -> Iterator[Told]:
    """Yield what is to be told every step: `on_step`, and a bar where one is wanted.

    The bar stands on stderr where that is a terminal, and in one of several processes. It goes when
    the run is over.
    """
    told = [] if on_step is None else [on_step]
    if not (config.progress and sys.stderr.isatty() and processes.is_main()):
        yield lambda progress: _tell(told, progress)
        return
    from tqdm import tqdm

    with tqdm(
        total=config.max_steps,
        desc=config.method,
        unit="step",
        file=sys.stderr,
        ncols=shutil.get_terminal_size().columns - 1,  # 80 where a terminal does not tell
        leave=False,  # what came of it is said in a line
    ) as bar:
        yield lambda progress: _tell([*told, lambda p: _move(bar, p)], progress)


def _tell(told: list[Told], progress: Progress) -> None:
    for one in told:
        one(progress)


def _move(bar: Any, progress: Progress) -> None:
    bar.update(progress.step - bar.n)
    if progress.evaluation is not None:
        seen = progress.evaluation
        bar.set_postfix(flips=f"{seen.flip_rate:.3f}", accuracy=f"{seen.accuracy:.3f}")
