"""Text in, text out: pairs of texts that differ in whom they speak of, and in nothing else.

Everything here is pure: it knows no model, no test runner and no clock, and what is drawn is drawn
by a seed.
"""

from __future__ import annotations

from pytest_fairness.perturb.chain import Chain
from pytest_fairness.perturb.changes import Change, Swap
from pytest_fairness.perturb.files import load_templates
from pytest_fairness.perturb.pair import Pair
from pytest_fairness.perturb.several import parts_of
from pytest_fairness.perturb.space import Space
from pytest_fairness.perturb.swap import swap_text, swap_variants

__all__ = [
    "Chain",
    "Change",
    "Pair",
    "Space",
    "Swap",
    "load_templates",
    "parts_of",
    "swap_text",
    "swap_variants",
]
