"""What a method of repair is given, and what it gives back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_fairness.mitigation.caller import PYTHON, Caller
from pytest_fairness.mitigation.config import MitigationConfig
from pytest_fairness.mitigation.tasks import Material
from pytest_fairness.outcome import Outcome
from pytest_fairness.perturb import Space

if TYPE_CHECKING:
    from pytest_fairness.mitigation.kinds import Kind


UNCHANGED = "no state was fairer within the margin: the model is unchanged"


@dataclass(frozen=True)
class Setting:
    """What every method of one repair starts from.

    Attributes
    ----------
    folder : Path
        The model as it is.
    original
        The same, loaded: a classifier, a language model or an embedder.
    outcomes : tuple of Outcome
        The failing checks.
    spaces : tuple of Space
        Whole spaces on which checks failed.
    material : Material
        What may be learnt from, chosen by and judged on.
    config : MitigationConfig
    caller : Caller
        In whose words messages say what to do.
    """

    folder: Path
    original: Any
    outcomes: tuple[Outcome, ...]
    spaces: tuple[Space, ...]
    material: Material
    config: MitigationConfig
    caller: Caller = PYTHON

    @cached_property
    def kind(self) -> Kind:
        """How models like the original are repaired."""
        from pytest_fairness.mitigation.kinds import kind_of

        return kind_of(self.original)


@dataclass(frozen=True)
class Candidate:
    """A repaired model that nobody has judged yet.

    Attributes
    ----------
    scorer
        It answers in this process, as the original does.
    write : callable
        Writes it into a new folder as users get it.
    write_judged : callable
        Writes it as it is to be judged: without what it knows of held-out terms, where it knows
        terms by name.
    trainable_parameters : int
        Weights that could move.
    story : str
        One line that says what was done.
    earlier_seconds : float
        What was spent on it before a run was cut off.
    unchanged : bool
        Whether it is the model as it was, since nothing that was learnt was fairer.
    loading : str
        How its folder must be loaded, where transformers alone would give another model.
    """

    scorer: Any
    write: Callable[[Path], Any]
    write_judged: Callable[[Path], Any]
    trainable_parameters: int
    story: str
    earlier_seconds: float = 0.0
    unchanged: bool = False
    loading: str = ""


@dataclass(frozen=True)
class Method:
    """One way to repair a model.

    Attributes
    ----------
    name : str
    build : callable
        From a setting to a candidate.
    unfit : callable
        Why the method cannot be tried here, or an empty string.
    """

    name: str
    build: Callable[[Setting], Candidate]
    unfit: Callable[[Setting], str] = lambda setting: ""


def loading_told(what: str) -> str:
    """Say how a folder must be loaded whose weights are those of before.

    Examples
    --------
    >>> loading_told("averages its answers")[:32]
    'The weights are those of before.'
    """
    return (
        "The weights are those of before. Load the folder by pytest_fairness.load_model, which "
        f"{what}: transformers alone gives the model as it was."
    )


def steps_told(steps: int, best_step: int) -> str:
    """Say how long was trained, and which state was kept.

    Examples
    --------
    >>> steps_told(150, 80)
    '150 steps; kept the state after step 80'
    >>> steps_told(50, 0)
    '50 steps; no state was fairer within the margin: the model is unchanged'
    """
    kept = f"kept the state after step {best_step}" if best_step else UNCHANGED
    return f"{steps} steps; {kept}"


def written_twice(
    scorer: Any,
    write: Callable[[Path], Any],
    *,
    trainable_parameters: int,
    story: str,
    earlier_seconds: float = 0.0,
    unchanged: bool = False,
    loading: str = "",
) -> Candidate:
    """Return a candidate that is judged as users get it."""
    return Candidate(
        scorer, write, write, trainable_parameters, story, earlier_seconds, unchanged, loading
    )
