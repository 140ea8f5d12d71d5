"""How many texts reach a model fast: each once, batched by length, in the caller's order.

The engine knows callables, not kinds of models: one that turns texts into tokens, one that turns
a batch of tokens into rows of numbers.
"""

from __future__ import annotations

from pytest_fairness.engine.batches import pack
from pytest_fairness.engine.cache import Cache, once
from pytest_fairness.engine.progress import Report, show_progress, silent
from pytest_fairness.engine.run import Engine, Tokens
from pytest_fairness.engine.texts import as_texts

__all__ = [
    "Cache",
    "Engine",
    "Report",
    "Tokens",
    "as_texts",
    "once",
    "pack",
    "show_progress",
    "silent",
]
