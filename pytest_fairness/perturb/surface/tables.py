"""Tables of words and characters, read once from the TOML files below ``data/``."""

from __future__ import annotations

import functools
import sys
from typing import Any


@functools.cache
def load_table(language: str, name: str) -> dict[str, Any]:
    """Return a table with its source, licence and date."""
    from importlib.resources import files

    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    path = files(__package__) / "data" / language / f"{name}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))
