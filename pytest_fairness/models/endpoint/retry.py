"""How long to wait before a request is sent again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

import numpy as np


@dataclass(frozen=True)
class Backoff:
    """Waits that double, with jitter, unless the server asks for longer ones.

    Attributes
    ----------
    retries : int
        How often a request is sent again.
    base, most : float
        The first wait in seconds, and the longest.
    seed : int
        Of the jitter, so that a run can be repeated.
    sleep : callable, optional
        By default a sleep that ends when the job does.
    """

    retries: int = 5
    base: float = 0.5
    most: float = 60.0
    seed: int = 0
    sleep: Callable[[float], object] | None = None

    def wait(self, key: str, attempt: int, asked: float | None = None) -> float:
        """Return the seconds to wait after attempt 0, 1, ... of the request with this key.

        Examples
        --------
        >>> backoff = Backoff(base=1.0)
        >>> [0.5 * 2**k <= backoff.wait("ab12", k) <= 2**k for k in range(4)]
        [True, True, True, True]
        >>> backoff.wait("ab12", 0, asked=7.0)
        7.0
        """
        whole = min(self.most, self.base * 2**attempt)
        jitter = np.random.default_rng([self.seed, attempt, int(key[:12], 16)]).random()
        return max(asked or 0.0, float(whole * (0.5 + 0.5 * jitter)))


def asked_wait(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Return the seconds that a server asks to wait, None where it does not say.

    Examples
    --------
    >>> asked_wait({"retry-after": "3"}), asked_wait({"retry-after-ms": "250"}), asked_wait({})
    (3.0, 0.25, None)
    """
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        found = headers.get(name)
        if found is not None:
            seconds = _seconds(found, unit, now or datetime.now(timezone.utc))
            return None if seconds is None else max(0.0, seconds)
    return None


def _seconds(text: str, unit: float, now: datetime) -> float | None:
    try:
        return float(text) * unit
    except ValueError:
        pass
    try:
        return (parsedate_to_datetime(text) - now).total_seconds()
    except (ValueError, TypeError):  # neither a number nor a date
        return None
