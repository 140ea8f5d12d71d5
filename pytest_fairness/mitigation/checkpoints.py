"""The whole state of a training run on disk, so that a run that was cut off goes on.

The Trainer of transformers keeps optimiser, scheduler and random number generators, and weights,
of which those that learn are enough here. What a repair has beside them is written into the same
folder last, so that a checkpoint without it was cut off and is passed over.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_fairness.errors import ArgumentError
from pytest_fairness.mitigation import processes
from pytest_fairness.mitigation.config import MitigationConfig
from pytest_fairness.mitigation.weights import give, learnt

if TYPE_CHECKING:
    from pytest_fairness.mitigation.session import Lesson, Session

_STATE = "repair.pt"
_WEIGHTS = "weights.safetensors"
# What may differ between a run and its going on: it changes no weight.
_FREE = ("checkpoints", "progress", "report_to", "device")


@dataclass(frozen=True)
class Checkpoint:
    """A state on disk and the step after which it was kept."""

    path: Path
    step: int


@dataclass
class Clock:
    """The seconds of a run, over all the times that it was started."""

    earlier: float = 0.0
    started: float = field(default_factory=time.perf_counter)

    @property
    def seconds(self) -> float:
        """What was spent up to now."""
        return self.earlier + time.perf_counter() - self.started


@dataclass(frozen=True)
class Checkpoints:
    """The folder of one run's states.

    Attributes
    ----------
    folder : Path
    run : str
        Hash of all that decides how the run goes; states of another run are refused.
    settings : mapping of str to str
        Its configuration, to say what differs.
    clock : Clock
        It goes on where the last whole state left it.
    """

    folder: Path
    run: str
    clock: Clock = field(default_factory=Clock)
    settings: Mapping[str, str] = field(default_factory=dict)

    def complete(self, session: Session, step: int) -> None:
        """Write what the Trainer does not know into the checkpoint that it just wrote."""
        import torch

        if not processes.is_main():
            return
        path = self.folder / f"checkpoint-{step}" / _STATE
        unfinished = path.with_suffix(".unfinished")
        state = {"run": self.run, "step": step, "seconds": self.clock.seconds}
        state["settings"] = dict(self.settings)
        torch.save({**state, "session": session.state()}, unfinished)
        os.replace(unfinished, path)

    def restore(self, session: Session) -> Checkpoint | None:
        """Give the session its last whole state and say where it is; None where there is none.

        Raises
        ------
        ArgumentError
            If the folder holds the states of another run, or the last one is damaged.
        """
        import torch

        last = processes.by_main(self._last)()
        if last is None:
            return None
        found: dict[str, Any] = torch.load(last.path / _STATE, map_location="cpu")
        if found["run"] != self.run:
            raise ArgumentError(
                f"checkpoints={str(self.folder)!r} holds the states of another run: "
                f"{self._differing(found.get('settings', {}))}. Repair as that run did to go on "
                "from them, or keep the states of this one elsewhere (checkpoints=, --checkpoints)."
            )
        session.restore(found["session"])
        self.clock.earlier = found.get("seconds", 0.0)
        return last

    def _differing(self, there: Mapping[str, str]) -> str:
        """Say how the run that left the states was set, where that is what differs."""
        names = [name for name in self.settings if there.get(name) != self.settings[name]]
        if not there or not names:
            return "the model or the data differ, or the number of processes that share it"
        return ", ".join(f"{n}={there.get(n)} there and {self.settings[n]} here" for n in names)

    def _last(self) -> Checkpoint | None:
        """Return the last whole state; refuse one of which a file cannot be read."""
        whole = [path.parent for path in self.folder.glob(f"checkpoint-*/{_STATE}")]
        found = [Checkpoint(path, int(path.name.partition("-")[2])) for path in whole]
        found.sort(key=lambda checkpoint: checkpoint.step)
        if not found:
            return None
        if damaged := _damaged(found[-1].path):
            sound = [older for older in found[:-1] if not _damaged(older.path)]
            raise ArgumentError(self._refusal(damaged, sound[-1] if sound else None))
        return found[-1]

    def _refusal(self, damaged: Path, older: Checkpoint | None) -> str:
        anew = f"Delete the folder {str(self.folder)!r} to begin this run anew"
        if older is not None:
            anew = (
                f"Delete the folder {str(damaged.parent)!r} to go on from the state before it, "
                f"after step {older.step}"
            )
        return (
            f"checkpoints={str(self.folder)!r} cannot be gone on from: {str(damaged)!r} is damaged "
            f"or missing, as a full disk or an interrupted copy leaves it. {anew}."
        )


def check_resumable(folder: str | Path) -> None:
    """Refuse to go on from what holds no state of a run.

    Raises
    ------
    ArgumentError
        If `folder` does not exist, or no state was kept in it.
    """
    if holds_states(folder):
        return
    what = "holds no state of a run" if Path(folder).is_dir() else "is no folder"
    raise ArgumentError(
        f"resume={str(folder)!r} {what}, so that there is nothing to go on from. Name the folder "
        "that a run was given by --checkpoints, or begin a run that keeps its states there: "
        f"--checkpoints {folder}"
    )


def holds_states(folder: str | Path) -> bool:
    """Whether a folder, or one in it for each method, holds a whole state of a run."""
    return any(Path(folder).glob(f"**/checkpoint-*/{_STATE}"))


def _damaged(checkpoint: Path) -> Path | None:
    """Return the first file of a state that is empty, cut off or missing."""
    weights = checkpoint / _WEIGHTS
    if not weights.is_file():
        return weights
    files = sorted(path for path in checkpoint.rglob("*") if path.is_file())
    return next((f for f in files if not _SOUND.get(f.suffix, Path.is_file)(f)), None)


def _is_json(file: Path) -> bool:
    try:
        json.loads(file.read_text(encoding="utf-8"))
    except ValueError:
        return False
    return True


def _is_safetensors(file: Path) -> bool:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(file, framework="numpy"):  # which reads the head, and compares the length
            return True
    except SafetensorError:
        return False


# Whether a file is whole, by its kind; torch writes archives, which end in their list of contents.
_SOUND: Mapping[str, Callable[[Path], bool]] = {
    ".json": _is_json,
    ".safetensors": _is_safetensors,
    **dict.fromkeys((".pt", ".pth", ".bin"), zipfile.is_zipfile),
}


def checkpoints_of(model: Any, lesson: Lesson, config: MitigationConfig) -> Checkpoints | None:
    """Return the states of the run that `model`, `lesson` and `config` make; None if none are kept.

    Their folder is made where it does not exist.

    Parameters
    ----------
    model : nn.Module
        Before the first step.
    lesson : Lesson
    config : MitigationConfig
    """
    return checkpoints_by(model, config, _seen(lesson))


def checkpoints_by(model: Any, config: MitigationConfig, seen: Sequence[str]) -> Checkpoints | None:
    """Return the states of the run of a model on what is `seen`; None if none are kept."""
    from pytest_fairness.models.fingerprints import of_parameters

    if config.checkpoints is None:
        return None
    folder = Path(config.checkpoints)
    folder.mkdir(parents=True, exist_ok=True)
    settings = {name: value for name, value in asdict(config).items() if name not in _FREE}
    shown = {name: repr(value) for name, value in settings.items()}
    made_of = [of_parameters(model), repr(settings), *seen]
    if processes.split_weights():
        made_of.append("split")  # the optimiser's state is in parts that no other run reads
    run = hashlib.sha256("\0".join(made_of).encode()).hexdigest()
    return Checkpoints(folder, run, settings=shown)


def save_weights(model: Any, folder: str | Path) -> None:
    """Write the weights that learn; of several processes the first writes."""
    from safetensors.torch import save_file

    found = learnt(model)
    if processes.is_main():
        Path(folder).mkdir(parents=True, exist_ok=True)
        save_file({n: w.contiguous() for n, w in found.items()}, Path(folder) / _WEIGHTS)


def load_weights(model: Any, folder: str | Path) -> None:
    """Give the weights that learn the values that `save_weights` wrote."""
    from safetensors.torch import load_file

    give(model, load_file(Path(folder) / _WEIGHTS))


def _seen(lesson: Lesson) -> Sequence[str]:
    rows = [
        repr([list(map(str, values)) for values in vars(labelled).values() if values is not None])
        for labelled in (lesson.rows, lesson.rows_checked)
    ]
    return [*rows, repr(lesson.batches), repr(lesson.pairs_learnt), repr(lesson.pairs_checked)]
