"""A process that has imported what models need, and runs pytest in forks of itself.

It is run as a file, with the names of modules: the package itself must not be imported yet when
pytest begins, which rewrites its assertions. Each line of its input is an order; the exit code of
pytest is the answer.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import runpy
import signal
import sys
import warnings
from contextlib import suppress
from typing import Any, NoReturn


def main() -> None:
    """Import, then take orders until there are no more."""
    sys.path[0] = os.getcwd()  # as `python -m pytest` has it
    answers = os.dup(1)
    _turn(1, os.devnull)  # what a module prints is no answer
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C ends the runs, and who gave the orders
    gc.disable()
    for name in sys.argv[1:]:
        with suppress(Exception):  # whatever a module raises, a run that needs it raises it again
            importlib.import_module(name)
    gc.enable()
    gc.freeze()
    for line in iter(sys.stdin.readline, ""):
        code = _answer(json.loads(line), answers)
        os.write(answers, f"{code}\n".encode())


def _answer(order: dict[str, Any], answers: int) -> int:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of threads, of which those of a library stay behind
        child = os.fork()
    if not child:
        os.close(answers)
        _run(order)
    signal.signal(signal.SIGTERM, lambda *_: os.kill(child, signal.SIGTERM))  # and wait for it
    _, status = os.waitpid(child, 0)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    return os.waitstatus_to_exitcode(status)


def _run(order: dict[str, Any]) -> NoReturn:
    """Become `python -m pytest`, with the arguments, environment and output of an order."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.clear()
    os.environ.update(order["environment"])
    _turn(0, os.devnull)
    _turn(1, order["output"])
    _turn(2, order["errors"])
    sys.argv = ["pytest", *order["arguments"]]
    runpy.run_module("pytest", run_name="__main__", alter_sys=True)
    sys.exit()


def _turn(number: int, path: str) -> None:
    """Let one of the standard streams lead to a file."""
    file = os.open(path, os.O_RDWR | os.O_APPEND)
    os.dup2(file, number)
    os.close(file)


if __name__ == "__main__":
    main()
