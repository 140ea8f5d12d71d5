"""The interval of a paired difference, by enumeration of everything that could be counted."""

from math import exp, lgamma, log

import pytest

from pytest_fairness.errors import ArgumentError
from pytest_fairness.evidence import tango_interval


def chance(gained, lost, n, p, q):
    """Probability of the two counts when they have the rates `p` and `q`."""
    rest = n - gained - lost
    ways = lgamma(n + 1) - lgamma(gained + 1) - lgamma(lost + 1) - lgamma(rest + 1)
    return exp(ways + gained * log(p) + lost * log(q) + rest * log(1 - p - q))


@pytest.mark.parametrize(
    ("p", "q", "n"), [(0.01, 0.03, 60), (0.02, 0.04, 100), (0.1, 0.1, 40), (0.001, 0.021, 120)]
)
@pytest.mark.parametrize("bound", ["low", "high"])
def test_each_bound_holds_as_often_as_it_says(p, q, n, bound):
    held = 0.0
    for gained in range(n + 1):
        for lost in range(n + 1 - gained):
            weight = chance(gained, lost, n, p, q)
            if weight > 1e-7:
                found = tango_interval(gained, lost, n, confidence=0.95)
                inside = found.low <= p - q if bound == "low" else p - q <= found.high
                held += weight * inside
    assert held >= 0.93  # a score interval holds its level on average, not in every cell


def test_gains_and_losses_mirror_each_other():
    one, other = (tango_interval(*c, 80, confidence=0.9) for c in ((3, 7), (7, 3)))
    assert one.low == pytest.approx(-other.high)
    assert one.high == pytest.approx(-other.low)


def test_no_change_still_has_bounds():
    found = tango_interval(0, 0, 300, confidence=0.975)
    assert 0.0099 < found.high < 0.02  # at least the rule of three
    assert found.low == -found.high


def test_no_units_say_nothing():
    found = tango_interval(0, 0, 0, confidence=0.95)
    assert (found.low, found.high) == (-1.0, 1.0)


def test_more_changes_than_units_are_refused():
    with pytest.raises(ArgumentError):
        tango_interval(3, 3, 5, confidence=0.95)
