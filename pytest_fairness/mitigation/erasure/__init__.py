"""Erasure: take who a text speaks of out of a representation, and prove that it is gone.

Everything is an affine map of what a classifier's head reads, folded into the head's weights, so
that the repaired model is an ordinary folder of transformers.
"""

from __future__ import annotations

from pytest_fairness.mitigation.erasure.eraser import Eraser
from pytest_fairness.mitigation.erasure.head import Head, fold_into_head, head_of
from pytest_fairness.mitigation.erasure.inlp import inlp
from pytest_fairness.mitigation.erasure.leace import leace, leace_of
from pytest_fairness.mitigation.erasure.leakage import ProbeResult, probe_leakage
from pytest_fairness.mitigation.erasure.moments import Moments, moments_of
from pytest_fairness.mitigation.erasure.reading import representations
from pytest_fairness.mitigation.erasure.repair import Erased, erase
from pytest_fairness.mitigation.erasure.report import ErasureReport
from pytest_fairness.mitigation.erasure.subspace import subspace

__all__ = [
    "Erased",
    "Eraser",
    "ErasureReport",
    "Head",
    "Moments",
    "ProbeResult",
    "erase",
    "fold_into_head",
    "head_of",
    "inlp",
    "leace",
    "leace_of",
    "moments_of",
    "probe_leakage",
    "representations",
    "subspace",
]
