"""What a repair does in its own way for each kind of model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from pytest_fairness.mitigation.caller import Caller
    from pytest_fairness.mitigation.classes import ClassReport
    from pytest_fairness.mitigation.config import MitigationConfig
    from pytest_fairness.mitigation.data import Labelled, Rows
    from pytest_fairness.mitigation.methods import Method, Setting
    from pytest_fairness.mitigation.retention import Retained
    from pytest_fairness.mitigation.skills import Skill
    from pytest_fairness.mitigation.tasks import Material
    from pytest_fairness.mitigation.utility import KeptSkill
    from pytest_fairness.outcome import Outcome
    from pytest_fairness.perturb import Pair, Space


class Kind(Protocol):
    """How models of one kind are repaired: what they learn from, and what judges them."""

    @property
    def needs(self) -> str:
        """The failing check that a repair needs, for messages."""

    @property
    def methods(self) -> Mapping[str, Method]:
        """The methods that fit such models, by name."""

    def repairs(self, outcome: Outcome) -> bool:
        """Whether a repair can learn from a failure of this check, and run it again."""

    def carry(self, model: Any, outcome: Outcome, data: Rows | None) -> Outcome:
        """Return a failing check in the form in which it is run again, or refuse it."""

    def check(
        self,
        model: Any,
        outcomes: Sequence[Outcome],
        data: Rows | None,
        config: MitigationConfig,
        caller: Caller,
    ) -> None:
        """Refuse a repair that could not begin."""

    def gather(
        self, model: Any, spaces: Sequence[Space], data: Rows | None, config: MitigationConfig
    ) -> Material:
        """Collect what may be learnt from, chosen by and judged on."""

    def further(
        self, model: Any, retention: Mapping[str, Rows] | None, material: Material
    ) -> Mapping[str, Labelled]:
        """Return further rows on which no skill may be lost, without what may be learnt from."""

    def foresee(self, setting: Setting, looks: int) -> None:
        """Refuse a repair that what is held out could not show, whatever it came to."""

    def recheck(
        self, model: Any, outcome: Outcome, pairs: Any, rows: Labelled, looks: int
    ) -> Outcome:
        """Run a check again on a space, or on the rows; `looks` such runs share its error rate."""

    def kept(self, setting: Setting, after: Any, rows: Labelled, looks: int) -> KeptSkill:
        """Measure what a candidate kept of the original's skill on rows."""

    def retention(self, setting: Setting, after: Any, rows: Labelled) -> float | None:
        """Return the share of rows that a candidate answers as before; None without answers."""

    def retained(self, setting: Setting, after: Any, looks: int) -> tuple[Retained, ...]:
        """Compare skills on further rows, and on groups of held-out rows."""

    def skills(self, setting: Setting, after: Any, rows: Labelled) -> tuple[Skill, ...]:
        """Compare other skills on rows."""

    def classes(self, setting: Setting, after: Any, rows: Labelled) -> tuple[ClassReport, ...]:
        """Compare class by class on rows; empty where there are none."""

    def given_up(self, setting: Setting, after: Any, rows: Labelled, looks: int) -> str | None:
        """Say which class is shown to be found less often than the margin allows, if any is."""

    def shift(self, model: Any, pairs: Sequence[Pair]) -> float:
        """Return how far apart a model takes the two sides of pairs to be, on average."""
