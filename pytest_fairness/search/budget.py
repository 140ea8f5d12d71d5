"""How many distinct texts a search may ask the model about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field


class BudgetSpent(BaseException):
    """Scoring these texts would exceed the budget; no error of the test that asks.

    It is no `Exception`, so that a test's own ``except Exception`` cannot take it for a failure.
    """


@dataclass
class Budget:
    """A count of distinct texts, with a limit that holds until a failure was found.

    Attributes
    ----------
    limit : int
        Distinct texts that may be scored.
    found : bool
        Whether a failure was found: from then on texts are counted and not refused, so that the
        failure can be shrunk, replayed and reported.
    extra : int
        Distinct texts that were scored after that.
    refused : int
        Calls that were refused.

    Examples
    --------
    >>> budget = Budget(3)
    >>> budget.spend(["a", "b", "a"])
    >>> budget.used, str(budget)
    (2, '2 of 3 texts')
    """

    limit: int
    found: bool = False
    extra: int = 0
    refused: int = 0
    _seen: set[str] = field(default_factory=set, repr=False)

    @property
    def used(self) -> int:
        """Distinct texts scored while searching."""
        return len(self._seen) - self.extra

    def __str__(self) -> str:
        more = f", and {self.extra} more to shrink a failure" if self.extra else ""
        return f"{self.used} of {self.limit} texts{more}"

    def spend(self, texts: Iterable[str]) -> None:
        """Count `texts`, each once.

        Raises
        ------
        BudgetSpent
            If they are more than is left; none of them is counted then.
        """
        new = set(texts) - self._seen
        if self.found:
            self.extra += len(new)
        elif self.used + len(new) > self.limit:
            self.refused += 1
            raise BudgetSpent(str(self))
        self._seen |= new


_ACTIVE: ContextVar[Budget | None] = ContextVar("pytest_fairness_budget", default=None)


def active_budget() -> Budget | None:
    """Return the budget that holds here, if any."""
    return _ACTIVE.get()


@contextmanager
def limited_to(budget: Budget) -> Iterator[Budget]:
    """Let `budget` hold inside the ``with`` block."""
    token = _ACTIVE.set(budget)
    try:
        yield budget
    finally:
        _ACTIVE.reset(token)
