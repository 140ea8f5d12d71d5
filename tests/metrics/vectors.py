"""Known vectors: fairlearn's own unit-test data, and COMPAS."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

# fairlearn (MIT), test/unit/metrics/data_for_test.py: 71 rows, groups in runs of two
Y_TRUE = [int(c) for c in "10111011000111011001110000111111010100101001110001111001110110111111111"]
Y_PRED = [int(c) for c in "01110001111001110110110000111111010100101011011011011111000011111111111"]
WEIGHTS = [
    int(c) for c in "12312123111233121112322121313141213233414131112331211123112321223232341"
]
GROUPS = ["aa" if row // 2 % 2 == 0 else "ba" for row in range(71)]

Rows = list[dict[str, str]]


def compas(folder: Path) -> Rows:
    with (folder / "compas" / "compas-scores-two-years.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def filtered(rows: Rows) -> Rows:
    """ProPublica's selection of 6,172 rows."""
    return [
        row
        for row in rows
        if row["days_b_screening_arrest"]
        and abs(float(row["days_b_screening_arrest"])) <= 30
        and row["is_recid"] != "-1"
        and row["c_charge_degree"] != "O"
        and row["score_text"] != "N/A"
    ]


def black_and_white(rows: Rows) -> Rows:
    return [row for row in rows if row["race"] in ("African-American", "Caucasian")]


def columns(rows: Rows, group: str = "race") -> dict[str, Any]:
    """Arguments of a metric: prediction is a score above low, label is an arrest in two years."""
    return {
        "y_true": [int(row["two_year_recid"]) for row in rows],
        "y_pred": [int(row["score_text"] != "Low") for row in rows],
        "sensitive_features": [row[group] for row in rows],
    }
