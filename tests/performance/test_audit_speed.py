from __future__ import annotations

import json
from dataclasses import asdict

import pytest

from tests.performance.audit_speed import show
from tests.performance.contenders import LIBRARIES, make_decisions, time_audit


@pytest.mark.parametrize("name", ["pytest-fairness", "fairlearn"])
def test_in_short_an_audit_is_timed(name: str) -> None:
    """Those of the libraries that are installed here; each has an environment of its own."""
    probe = LIBRARIES[name].probe
    timing = asdict(time_audit(name, make_decisions(2000)))
    line = show([json.loads(json.dumps(timing))])
    print("\n" + line)
    assert ("scaled from" in line) == (probe is not None)


def test_libraries_agree_on_what_they_measure() -> None:
    data = make_decisions(2000)
    found = [LIBRARIES[name].audit(data, 2) for name in ("pytest-fairness", "fairlearn")]
    assert found[0] == pytest.approx(found[1])
