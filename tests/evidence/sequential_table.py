"""What stopping early saves: ``python -m tests.evidence.sequential_table``.

Pairs scored by a check that looks as it goes, beside one that scores all 2,000 with exact bounds at
the same error rate, over true flip rates. Both draw the same pairs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tests.evidence.looks import Ends, Plan, draws, fixed, walk

TIMES = (0.0, 0.05, 0.1, 0.3, 0.5, 0.8, 1.0, 1.25, 1.5, 2.0, 3.0, 5.0, 10.0)
LIMITS = (0.01, 0.02, 0.05)
POPULATION = 200_000
HEAD = (
    "limit  rate     pairs of 2,000   share   pass   fail   open | all 2,000:  pass   fail   open"
)


def rows(
    limit: float, runs: int, seed: int, rates: Sequence[float] = TIMES
) -> Iterator[tuple[float, Ends, Ends]]:
    """Yield a true rate, one of some multiples of the limit, and how both checks ended."""
    plan = Plan(limit, population=POPULATION)
    for times in rates:
        rate = min(1.0, limit * times)
        hits = draws(plan, rate, runs, seed)
        yield rate, walk(plan, hits), fixed(plan, hits)


def line(limit: float, rate: float, early: Ends, full: Ends) -> str:
    """Write one row of the table."""
    share = float(early.n.mean()) / 2000
    return (
        f"{limit:<6g} {rate:<7.4g} {early.n.mean():>15.0f} {share:>7.1%} {_shares(early)} | "
        f"{'':>10} {_shares(full)}"
    )


def _shares(ends: Ends) -> str:
    passed, failed = float(ends.passed.mean()), float(ends.failed.mean())
    return f"{passed:>6.1%} {failed:>6.1%} {1 - passed - failed:>6.1%}"


def main(runs: int = 1000) -> None:
    """Print the table."""
    print(f"{runs} draws a row from {POPULATION:,} pairs, alpha 0.05; errors of shares <= 1.6 %")
    print(HEAD)
    for limit in LIMITS:
        for rate, early, full in rows(limit, runs, seed=11):
            print(line(limit, rate, early, full))


if __name__ == "__main__":
    main()
