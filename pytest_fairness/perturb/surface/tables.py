"""Word tables below ``data/``, read at first use; each names its source, licence and date."""

from __future__ import annotations

import functools
import sys
from typing import Any


def words_of(text: str) -> tuple[str, ...]:
    """Return the words of a short list in the code, which reads better than with quotes."""
    return tuple(text.split())


@functools.cache
def table(language: str, name: str) -> dict[str, Any]:
    """Return one table as the file has it."""
    from importlib.resources import files

    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    path = files("pytest_fairness.perturb.surface") / "data" / language / f"{name}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))
