"""Importing what is slow to come, and sure to be needed, beside something else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from threading import Thread

FOR_TRAINING = ("transformers.models.auto.modeling_auto", "transformers.trainer")
FOR_TESTS = (
    "scipy.stats",
    "transformers.models.auto.modeling_auto",
    "transformers.models.auto.tokenization_auto",
    "transformers.models.bert.modeling_bert",  # which imports what those of other models do
)


@contextmanager
def imported_meanwhile(*names: str) -> Iterator[None]:
    """Import modules while the block runs; what cannot be imported is left to those who need it.

    Examples
    --------
    >>> with imported_meanwhile("json", "no_such_module"):
    ...     tests = "run"
    """
    thread = Thread(target=_import, args=names)
    thread.start()
    try:
        yield
    finally:
        thread.join()


def _import(*names: str) -> None:
    for name in names:
        with suppress(Exception):  # whatever a module raises, it is raised again where it is needed
            import_module(name)
