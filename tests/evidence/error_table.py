"""Error rates of the verdict on gaps, beside other rules, on the same draws.

Run ``python -m tests.evidence.error_table``. Each line is a configuration of true rates: how often
each rule says `fail` and `pass`. Where a verdict would be false, the share must not exceed 5 %.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

from pytest_fairness.evidence import gap_power
from tests.evidence.rivals import RULES, draw, error_of, shares


@dataclass(frozen=True)
class Case:
    """True rates and rows of groups, and the limit that they are judged by."""

    name: str
    rates: tuple[float, ...]
    sizes: tuple[int, ...]
    limit: float
    false: str  # which verdict would be false: "fail", "pass" or none

    @property
    def expected(self) -> dict[str, dict[str, tuple[float, float]]]:
        """Expected counts."""
        cells = enumerate(zip(self.rates, self.sizes, strict=True))
        return {"rate": {str(g): (p * n, n) for g, (p, n) in cells}}


CASES = (
    Case("equal, 3 groups of 200", (0.3,) * 3, (200,) * 3, 0.0, "fail"),
    Case("equal, 10 groups of 100", (0.1,) * 10, (100,) * 10, 0.05, "fail"),
    Case("equal, 95:5 of 1,000", (0.2, 0.2), (950, 50), 0.05, "fail"),
    Case("least favourable, 20 of 200", (0.1,) * 10 + (0.149,) * 10, (200,) * 20, 0.05, "fail"),
    Case("just above, 2 of 500", (0.3, 0.3501), (500, 500), 0.05, "pass"),
    Case("just above, rare, 95:5", (0.01, 0.0601), (950, 50), 0.05, "pass"),
    Case("just above, 20 refused", (0.0, 0.0501, 0.0501), (20, 1000, 1000), 0.05, "pass"),
    Case("fair, 3 groups of 2,000", (0.5,) * 3, (2000,) * 3, 0.05, ""),
    Case("twice the limit, 2 of 600", (0.3, 0.4), (600, 600), 0.05, ""),
)


def lines(n: int) -> list[str]:
    """Return the table from `n` draws for each line."""
    found = [f"{n} draws a line; Monte Carlo error of 5 %: {100 * error_of(0.05, n):.1f} points"]
    found.append(f"{'':30}{'':10}" + "".join(f"{rule:>22}" for rule in RULES) + "  predicted")
    for seed, case in enumerate(CASES):
        drawn = draw(seed, n, case.rates, case.sizes)
        rates = [shares(rule, drawn, case.sizes, case.limit) for rule in RULES.values()]
        power = gap_power(case.expected, limit=case.limit)
        for verdict in ("fails", "passes"):
            mark = "  (false)" if case.false and verdict.startswith(case.false) else ""
            cells = "".join(f"{100 * getattr(rate, verdict):>21.1f}%" for rate in rates)
            predicted = f"{100 * getattr(power, verdict):>10.1f}%"
            found.append(f"{case.name:30}{verdict:10}{cells}{predicted}{mark}")
    return found


if __name__ == "__main__":
    print("\n".join(lines(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)))
