"""Rows to decide on: COMPAS deciles, and draws with known laws."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np

from tests.metrics.vectors import black_and_white, compas


def deciles(folder: Path, *, all_groups: bool) -> SimpleNamespace:
    rows = compas(folder)
    rows = rows if all_groups else black_and_white(rows)
    return SimpleNamespace(
        scores=np.array([float(row["decile_score"]) for row in rows]),
        y_true=np.array([int(row["two_year_recid"]) for row in rows]),
        groups=np.array([row["race"] for row in rows]),
    )


def drawn(n: int, seed: int, n_groups: int = 2, decimals: int = 8) -> SimpleNamespace:
    """Labels with other base rates in each group, and scores that are better for the first."""
    rng = np.random.default_rng(seed)
    codes = np.arange(n) % n_groups
    y_true = (rng.random(n) < 0.3 + 0.4 * codes / n_groups).astype(int)
    noise = rng.normal(size=n) * (0.5 + 0.5 * codes)
    scores = 1 / (1 + np.exp(-(2 * y_true - 1 + noise)))
    groups = np.array(["abcdef"[code] for code in codes])
    return SimpleNamespace(scores=scores.round(decimals), y_true=y_true, groups=groups)


def accuracy(y_true, chance):
    """Expected accuracy of decisions taken with a chance."""
    return float(np.mean(np.where(y_true == 1, chance, 1 - chance)))


def rate(chance, rows):
    return float(np.mean(chance[rows]))
