"""What a search over prompts found: the whole table, and what came out of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pytest_fairness.mitigation.prompts.prompt import Prompt
from pytest_fairness.mitigation.prompts.prompted import Prompted


@dataclass(frozen=True)
class Trial:
    """A prompt and how it did in the last round that it took part in.

    Attributes
    ----------
    name : str
        Of its instruction; ``"none"`` without.
    k : int
        Demonstrations of each group with each answer.
    prompt : Prompt
    unfairness, utility : float or None
        0 is fair; more utility is better. None where nothing was measured.
    texts : int
        On how many texts.
    rung : int
        The last round that it took part in.
    tokens : int or None
        What it costs with each text; None where the tokenizer is not known.
    problem : str or None
        Why nothing was measured.
    """

    name: str
    k: int
    prompt: Prompt
    unfairness: float | None = None
    utility: float | None = None
    texts: int = 0
    rung: int = 0
    tokens: int | None = None
    problem: str | None = None

    @property
    def key(self) -> tuple[str, int]:
        """What tells it from the other trials of a search."""
        return self.name, self.k

    @property
    def works(self) -> bool:
        """Whether it was measured."""
        return self.unfairness is not None and self.problem is None

    @property
    def characters(self) -> int:
        """How many characters it puts before each text."""
        return len(self.prompt.before())

    def to_dict(self) -> dict[str, Any]:
        """Return the trial as plain data for JSON."""
        names = ("name", "k", "unfairness", "utility", "texts", "rung", "tokens", "problem")
        return {**{name: getattr(self, name) for name in names}, "prompt": self.prompt.to_dict()}


@dataclass(frozen=True)
class PromptSearch:
    """What `search_prompt` returns.

    Attributes
    ----------
    trials : tuple of Trial
        The model as it is first, then all prompts in the order of the search.
    chosen : (str, int)
        The key of the best one.
    budget, asked : int
        Texts that might be scored, and that were.
    rounds : int
    """

    trials: tuple[Trial, ...]
    chosen: tuple[str, int]
    budget: int
    asked: int
    rounds: int

    @property
    def baseline(self) -> Trial:
        """The model as it is."""
        return self.trials[0]

    @property
    def best(self) -> Trial:
        """The fairest prompt of the last round that keeps utility; the baseline if none does."""
        return next(trial for trial in self.trials if trial.key == self.chosen)

    @property
    def improves(self) -> bool:
        """Whether something better than the model as it is was found; the gate decides."""
        return self.best is not self.baseline

    def front(self) -> tuple[Trial, ...]:
        """Return the trials of the last round that no other one beats in both respects.

        Rounds differ in their texts, so that trials of earlier ones cannot be compared with them.
        """
        last = [trial for trial in self.trials if trial.works and trial.rung == self.rounds]
        return tuple(trial for trial in last if not any(_beats(other, trial) for other in last))

    def apply(self, model: Any) -> Prompted:
        """Return the model with the best prompt; unchanged answers where none was better."""
        prompt = self.best.prompt
        return Prompted(model, prompt.instruction, prompt.demonstrations)

    def to_dict(self) -> dict[str, Any]:
        """Return the table as plain data for JSON."""
        return {
            "chosen": list(self.chosen),
            "budget": self.budget,
            "asked": self.asked,
            "rounds": self.rounds,
            "trials": [trial.to_dict() for trial in self.trials],
        }

    def __str__(self) -> str:
        """Return the table as lines of text."""
        heads = f"  {'instruction':16}{'k':>3}{'unfairness':>12}{'utility':>9}{'tokens':>8}"
        lines = [f"{heads}{'texts':>7}  round"]
        lines += [_line(trial, trial.key == self.chosen) for trial in self.trials]
        lines.append(f"{self.asked} of {self.budget} texts asked; * is the best of the last round.")
        return "\n".join(lines)


def _beats(one: Trial, other: Trial) -> bool:
    first, second = _losses(one), _losses(other)
    return first != second and all(a <= b for a, b in zip(first, second, strict=True))


def _losses(trial: Trial) -> tuple[float, float]:
    return float(trial.unfairness or 0.0), -float(trial.utility or 0.0)


def _line(trial: Trial, best: bool) -> str:
    start = f"{'*' if best else ' '} {trial.name[:15]:16}{trial.k:>3}"
    if not trial.works:
        return f"{start}  {trial.problem or 'not measured'}"
    tokens = "?" if trial.tokens is None else str(trial.tokens)
    numbers = f"{trial.unfairness:>12.4f}{trial.utility:>9.3f}{tokens:>8}{trial.texts:>7}"
    return f"{start}{numbers}{trial.rung:>7}"
