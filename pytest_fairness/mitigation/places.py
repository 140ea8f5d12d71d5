"""Where a repair writes: what may stand there, and what is found out before anything runs."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from pytest_fairness.errors import ArgumentError

RECORD, PAGE = "mitigation.json", "report.html"


def free_folder(out: str | Path) -> Path:
    """Return `out` if nothing would be overwritten there and it can be written.

    What a repair that fell short left there, a record without a model, gives way to the next one.

    Raises
    ------
    ArgumentError
        If the folder exists and holds something, its parent does not exist, or no one may write.
    """
    if not str(out).strip():
        raise ArgumentError(f"out={str(out)!r} is empty. Name a new folder.")
    target = Path(out)
    if target.exists() and not _is_free(target):
        raise ArgumentError(
            f"out={str(out)!r} exists and is not an empty folder. Name a new folder; "
            "a repair overwrites nothing."
        )
    _check_parent(target)
    _check_writable(target)
    return target


def check_apart(target: Path, model: str | Path) -> None:
    """Refuse a folder inside the one of the model that is repaired.

    Raises
    ------
    ArgumentError
        If `target` lies in the model's folder, or is it.
    """
    if target.resolve().is_relative_to(Path(model).resolve()):
        raise ArgumentError(
            f"out={str(target)!r} lies inside {str(model)!r}, the folder of the model that is to "
            "be repaired, and would become a part of it. Name a folder beside it."
        )


def check_states(checkpoints: str | None, target: Path | None, model: str | Path) -> None:
    """Refuse to keep states of training in the model's folder, or where its repair will stand.

    Raises
    ------
    ArgumentError
        If `checkpoints` lies in one of them, or is it.
    """
    for folder in (Path(model), *([] if target is None else [target])):
        if checkpoints and Path(checkpoints).resolve().is_relative_to(folder.resolve()):
            raise ArgumentError(
                f"checkpoints={checkpoints!r} lies inside {str(folder)!r}, which is a model's own "
                "folder. Name a folder beside it."
            )


def holds_failed_record(folder: Path) -> bool:
    """Whether a folder holds what a failed repair left, and nothing else."""
    names = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    if RECORD not in names or names - {RECORD, PAGE}:
        return False
    try:
        return json.loads((folder / RECORD).read_text(encoding="utf-8"))["met"] is False
    except (OSError, ValueError, KeyError, TypeError):  # no record of ours
        return False


def clear_failed_record(folder: Path) -> None:
    """Take away what a failed repair left."""
    if holds_failed_record(folder):
        for name in (PAGE, RECORD):
            (folder / name).unlink(missing_ok=True)


def _is_free(target: Path) -> bool:
    return target.is_dir() and (not any(target.iterdir()) or holds_failed_record(target))


def _check_parent(target: Path) -> None:
    parent = target.absolute().parent
    blocking = next(place for place in (parent, *parent.parents) if place.exists())
    if not blocking.is_dir():
        shown = next(p for p in target.parents if p.absolute() == blocking)
        raise ArgumentError(
            f"out={str(target)!r}: {shown} is a file, so that no folder can lie in it. "
            "Name a new folder beside it."
        )
    if not parent.is_dir():
        raise ArgumentError(
            f"out={str(target)!r}: the folder {target.parent} does not exist. "
            f"Create it first: mkdir -p {target.parent}"
        )


def _check_writable(target: Path) -> None:
    place = target if target.is_dir() else target.absolute().parent
    try:
        with tempfile.TemporaryDirectory(dir=place, prefix=".pytest-fairness-"):
            pass
    except OSError as err:
        raise ArgumentError(
            f"out={str(target)!r}: nothing can be written in {place} ({err.strerror}). "
            "Name a folder where you may write."
        ) from err
