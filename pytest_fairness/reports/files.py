"""Writing a report whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path
from uuid import uuid4

from pytest_fairness.errors import ArgumentError


def write_whole(path: str | os.PathLike[str], content: bytes, what: str = "report") -> Path:
    """Write `content` to `path` so that a reader sees the old file or the new one, never half.

    `what` is what a message calls it.

    Raises
    ------
    ArgumentError
        If the folder is missing, or `path` is a folder.
    """
    target = Path(path)
    check_place(target, what)
    draft = target.with_name(f".{target.name}.{uuid4().hex}.tmp")
    try:
        draft.write_bytes(content)
        os.replace(draft, target)
    finally:
        draft.unlink(missing_ok=True)
    return target


def check_place(path: str | os.PathLike[str], what: str = "report") -> None:
    """Raise an error with the next step if no file can be written at `path`."""
    target = Path(path)
    if not target.parent.is_dir():
        raise ArgumentError(
            f"The folder {str(target.parent)!r} of the {what} {target.name!r} does not exist. "
            f"Create it with: mkdir -p {target.parent}"
        )
    if target.is_dir():
        raise ArgumentError(
            f"The {what} {str(target)!r} is a folder. Name a file in it, such as "
            f"{str(target / 'fairness.html')!r}."
        )
