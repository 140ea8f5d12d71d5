"""What a repair of a language model or embedder came to, and how it is kept."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pytest_fairness.mitigation import trainer
from pytest_fairness.mitigation.language.judging import Measured
from pytest_fairness.mitigation.language.training import Tuned
from pytest_fairness.mitigation.places import free_folder
from pytest_fairness.mitigation.training import ADAPTER_FOLDER
from pytest_fairness.outcome import Outcome

_RECORD = "mitigation.json"
# What sentence-transformers writes beside a model, and reads to know how to use it.
_COMPANIONS = (
    "modules.json",
    "1_Pooling",
    "2_Normalize",
    "sentence_bert_config.json",
    "config_sentence_transformers.json",
)


@dataclass(frozen=True)
class LanguageRepair:
    """A repaired language model or embedder, and what held-out material shows of it.

    Attributes
    ----------
    before, after : Outcome or Measured
        The check on held-out pairs, before and after.
    skill : Measured
        What the repair cost on held-out ordinary texts.
    perplexity : (float, float) or None
        Of language models, on held-out ordinary texts before and after.
    tuned : Tuned
        The model, its tokenizer, and how it got there.
    source : Path
        The model before the repair.
    seconds : float
        Of the whole repair, checks included.
    """

    before: Outcome | Measured
    after: Outcome | Measured
    skill: Measured
    perplexity: tuple[float, float] | None
    tuned: Tuned
    source: Path
    seconds: float

    @property
    def met(self) -> bool:
        """Whether the check passes on held-out pairs, with the skill kept."""
        return self.after.passed and self.skill.passed

    @property
    def model(self) -> tuple[Any, Any]:
        """The model and its tokenizer, as `load_model` takes them."""
        return self.tuned.model, self.tuned.tokenizer

    def save(self, folder: str | Path) -> Path:
        """Write an ordinary folder of transformers with a record, ``mitigation.json``.

        Low-rank adapters are merged into the model, and written beside it in ``adapter/`` too.

        Raises
        ------
        ArgumentError
            If the folder exists and holds something, or its parent does not exist.
        """
        target = free_folder(folder)
        with trainer.quietly():
            self.tuned.model.save_pretrained(target)
            self.tuned.tokenizer.save_pretrained(target)
        if self.tuned.adapter is not None:
            self.tuned.adapter.save(target / ADAPTER_FOLDER)
        _copy_companions(self.source, target)
        record = json.dumps(self.to_dict(), ensure_ascii=False, indent=1)
        (target / _RECORD).write_text(record + "\n", encoding="utf-8")
        return target

    def to_dict(self) -> dict[str, Any]:
        """Return what was measured as builtin types, ready for JSON."""
        return {
            "met": self.met,
            "source": str(self.source),
            "before": _plain(self.before),
            "after": _plain(self.after),
            "skill": _plain(self.skill),
            "perplexity": self.perplexity,
            "best_step": self.tuned.best_step,
            "history": [asdict(look) for look in self.tuned.history],
            "trainable_parameters": self.tuned.trainable_parameters,
            "seconds": round(self.seconds, 1),
        }

    def __str__(self) -> str:
        verb = "Repaired" if self.met else "NOT repaired"
        if not self.tuned.best_step:
            verb = "Left as it was" if self.met else "NOT repaired, and left as it was"
        learnt = self.tuned.trainable_parameters
        lines = [
            f"{verb}: {self.seconds:.0f} s, {learnt:,} weights could move.",
            "On held-out terms and templates, before:",
            f"  {self.before}",
            "after:",
            f"  {self.after}",
            f"On held-out ordinary texts:\n  {self.skill}",
        ]
        if self.perplexity is not None:
            lines.append("  perplexity {:.2f} before, {:.2f} after".format(*self.perplexity))
        return "\n".join(lines)


def _plain(found: Outcome | Measured) -> dict[str, Any]:
    if isinstance(found, Outcome):
        return found.to_dict()
    return {**asdict(found), "verdict": found.verdict.value}


def _copy_companions(source: Path, target: Path) -> None:
    """Copy what sentence-transformers wrote: how the vectors of a text's tokens become one."""
    for name in _COMPANIONS:
        if (source / name).is_dir():
            shutil.copytree(source / name, target / name, dirs_exist_ok=True)
        elif (source / name).is_file():
            shutil.copy(source / name, target / name)
