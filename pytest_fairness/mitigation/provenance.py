"""What a repair was made from, so that it can be made again: model, rows, split, versions."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

import numpy as np

from pytest_fairness.mitigation.data import Labelled, Rows
from pytest_fairness.perturb import Pair, Space

if TYPE_CHECKING:
    from pytest_fairness.mitigation.methods import Setting

PARTS = ("train", "validation", "heldout")
_PACKAGES = (
    *("pytest-fairness", "torch", "transformers", "tokenizers", "accelerate", "peft"),
    *("numpy", "scipy", "pytest", "hypothesis"),
)


def provenance(setting: Setting, rows: Rows | None) -> dict[str, Any]:
    """Return what went into a repair as builtin types, ready for JSON.

    Parameters
    ----------
    setting : Setting
    rows : Rows, optional
        As they were given.
    """
    info = setting.original.info
    return {
        "model": {
            "folder": str(setting.folder),
            "fingerprint": info.fingerprint,
            "labels": list(getattr(setting.original, "labels", ())),  # language models have none
            "device": info.device,
        },
        "data": _data(rows, setting),
        "split": [_split(space) for space in setting.spaces],
        "versions": versions(),
    }


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that a repair hangs on, and the system."""
    found = {"python": platform.python_version(), "system": platform.platform()}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # it is optional
            continue
    return found


def _data(rows: Rows | None, setting: Setting) -> dict[str, Any]:
    given = None if rows is None else _rows(rows)
    material = setting.material
    parts = {
        part: {
            "rows": len(material.rows[part].texts),
            "rows_fingerprint": _labelled(material.rows[part]),
            "pairs": len(material.pairs[part]),
            "pairs_fingerprint": _pairs(material.pairs[part]),
        }
        for part in PARTS
    }
    return {"given": given, "teacher": _teacher(rows), "parts": parts}


def _teacher(rows: Rows | None) -> str:
    if rows is None:
        return "the average answer of the model before the repair to both sides of pairs"
    return "labels" if rows.labels is not None else "the model before the repair"


def _rows(rows: Rows) -> dict[str, Any]:
    groups = sorted({group for group in rows.groups or () if group})
    return {
        "file": rows.path or None,
        "rows": len(rows),
        "labels": None if rows.labels is None else sorted(set(rows.labels)),
        "groups": groups if rows.groups is not None else None,
        "fingerprint": fingerprint_of(rows.texts, rows.labels, rows.groups, rows.weights),
    }


def _labelled(rows: Labelled) -> str:
    targets = None if rows.targets is None else np.asarray(rows.targets).tolist()
    return fingerprint_of(rows.texts, targets, rows.groups, rows.weights)


def _pairs(pairs: Sequence[Pair]) -> str:
    return fingerprint_of([(pair.original, pair.variant) for pair in pairs])


def fingerprint_of(*columns: Any) -> str:
    """Return a short hash of columns: the same for the same values in the same order.

    Examples
    --------
    >>> fingerprint_of(["a", "b"], None) == fingerprint_of(("a", "b"), None)
    True
    >>> fingerprint_of(["a", "b"], None) == fingerprint_of(["b", "a"], None)
    False
    """
    digest = hashlib.blake2b(digest_size=16)
    for column in columns:
        values = None if column is None else list(column)
        digest.update(repr(values).encode("utf-8", "backslashreplace"))
        digest.update(b"\0")
    return digest.hexdigest()


def _split(space: Space) -> dict[str, Any]:
    """Return which templates, or texts, and terms each part of a space holds."""
    parts = {part: space.part(part) for part in PARTS}
    words = {part: _words(one) for part, one in parts.items()}
    return {
        "attribute": space.attribute,
        "language": space.language,
        "of": "texts" if space.stands_for_texts else "templates",
        "parts": {
            part: {"sources": list(one.sources), "terms": one.terms, "pairs": len(one)}
            for part, one in parts.items()
        },
        # of texts, or where an attribute has too few interchangeable terms to hold some out
        "shared_terms": sorted(words["heldout"] & words["train"]),
        "notes": list(dict.fromkeys(note for one in parts.values() for note in one.notes)),
    }


def _words(space: Space) -> set[str]:
    return {word for words in space.terms.values() for word in words}
