from __future__ import annotations

import pytest

from tests.performance.contenders import make_decisions
from tests.performance.interval_speed import (
    NOTIONS,
    compare,
    exact_intervals,
    resampled_intervals,
    show,
)


def test_resampled_intervals_are_close_to_exact_ones():
    data = make_decisions(20_000)
    pairs = [zip(*kinds, strict=True) for kinds in (exact_pairs(data), resampled_pairs(data))]
    for (exact_low, exact_high), (low, high) in zip(*pairs, strict=True):
        assert low == pytest.approx(exact_low, abs=0.006)
        assert high == pytest.approx(exact_high, abs=0.006)


def exact_pairs(data):
    return bounds(exact_intervals(data))


def resampled_pairs(data):
    return bounds(resampled_intervals(data, 4000))


def bounds(found):
    assert len(found) == len(NOTIONS)
    gaps = sorted(
        (g for kind in found for g in kind), key=lambda g: (g.quantity, g.first, g.second)
    )
    return [g.interval.low for g in gaps], [g.interval.high for g in gaps]


def test_in_short_all_contenders_run():
    result = compare(2000, resamples=50, rounds=1)
    print("\n" + show([result]))
    assert set(result.seconds) == {"exact", "resampled", "fairlearn"}
    assert "times as fast" in show([result])


@pytest.mark.benchmark
def test_a_million_rows_take_a_thousandth_of_the_time():
    result = compare(1_000_000)
    print("\n" + show([result]))
    assert result.ratio > 1000
    assert result.megabytes["resampled"] < 300
