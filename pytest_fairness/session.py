"""What a test session keeps: which models are loaded, and which outcomes were recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from pytest_fairness.errors import FairnessError

if TYPE_CHECKING:
    from pytest_fairness.models import Model
    from pytest_fairness.outcome import Outcome


class ModelKey(NamedTuple):
    """What makes two uses of a model the same load."""

    model: Any
    device: str | None
    dtype: str | None
    revision: str | None
    batch_tokens: int | None

    @property
    def short(self) -> str:
        """A name for the test id: the last part of a path, or the function's own name."""
        if isinstance(self.model, str):
            return self.model.rstrip("/").rpartition("/")[2] or self.model
        return getattr(self.model, "__name__", type(self.model).__name__)


@dataclass
class ModelStore:
    """Models by key: each is loaded once, and freed when the last test that needs it is done."""

    load_model: Callable[..., Model]
    _loaded: dict[ModelKey, Model | FairnessError] = field(default_factory=dict)
    _waiting: dict[ModelKey, set[str]] = field(default_factory=dict)
    _others: list[Model] = field(default_factory=list)

    def expect(self, needs: Iterable[tuple[ModelKey, str]]) -> None:
        """Note which tests will ask for which models."""
        for key, test in needs:
            self._waiting.setdefault(key, set()).add(test)

    def load(self, key: ModelKey) -> Model:
        """Return the model of `key`; a load that failed once fails again without trying."""
        if key not in self._loaded:
            try:
                self._loaded[key] = self.load_model(key.model, **_load_options(key))
            except FairnessError as err:
                self._loaded[key] = err
        found = self._loaded[key]
        if isinstance(found, FairnessError):
            raise found
        return found

    def load_other(self, model: Any, **options: Any) -> Model:
        """Load a model that no key names; it is freed with the store."""
        loaded = self.load_model(model, **options)
        self._others.append(loaded)
        return loaded

    def finish(self, test: str) -> None:
        """Free the models that no unfinished test needs any more."""
        for key, tests in self._waiting.items():
            tests.discard(test)
            if not tests:
                self._free(self._loaded.pop(key, None))

    def close(self) -> None:
        """Free everything."""
        for found in [*self._loaded.values(), *self._others]:
            self._free(found)
        self._loaded.clear()
        self._others.clear()

    @staticmethod
    def _free(found: Model | FairnessError | None) -> None:
        if found is not None and not isinstance(found, FairnessError):
            found.close()


def _load_options(key: ModelKey) -> dict[str, Any]:
    return {
        "device": key.device,
        "dtype": key.dtype,
        "revision": key.revision,
        "batch_tokens": key.batch_tokens,
    }


@dataclass
class Recorder:
    """The outcomes of one test.

    Pointwise checks of one kind become one outcome, for Hypothesis makes hundreds of them: the
    last failing one, which is the smallest that shrinking found, or else the largest change.
    """

    _outcomes: dict[object, Outcome] = field(default_factory=dict)

    @property
    def outcomes(self) -> list[Outcome]:
        """The outcomes in the order in which their checks first ran."""
        return list(self._outcomes.values())

    def record(self, outcome: Outcome) -> None:
        """Keep an outcome, merging it with earlier ones of the same pointwise check."""
        if outcome.tolerance.name != "tolerance":
            self._outcomes[len(self._outcomes)] = outcome
            return
        key = (outcome.metric, outcome.tolerance)
        earlier = self._outcomes.get(key)
        self._outcomes[key] = outcome if earlier is None else _merge(earlier, outcome)


def _merge(earlier: Outcome, latest: Outcome) -> Outcome:
    """Return the one to show of two pointwise outcomes, with both pairs counted."""
    shown = latest if _prefer_latest(earlier, latest) else earlier
    n = earlier.evidence.n + latest.evidence.n
    return replace(shown, evidence=replace(shown.evidence, n=n))


def _prefer_latest(earlier: Outcome, latest: Outcome) -> bool:
    if not latest.passed:
        return True
    return earlier.passed and (latest.evidence.estimate or 0) > (earlier.evidence.estimate or 0)
