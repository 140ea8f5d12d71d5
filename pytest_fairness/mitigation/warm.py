"""A process that has imported what models need, and runs pytest in forks of itself.

It is run as a file, with the names of modules: the package itself must not be imported yet when
pytest begins, which rewrites its assertions. The first line of its input tells the variables to
import under; each other one is an order, and the exit code of pytest is the answer.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import json
import os
import runpy
import signal
import sys
import warnings
from collections.abc import Mapping
from typing import Any, NoReturn

_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG of prctl(2)


def main() -> None:
    """Import, then take orders until there are no more."""
    _end_with(os.getppid())
    if not getattr(sys.flags, "safe_path", False):
        sys.path[0] = os.getcwd()  # as `python -m pytest` has it
    answers = os.dup(1)
    _turn(1, os.devnull)  # what a module prints is no answer
    interrupt = signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is for the runs
    set_by_import = _import(sys.argv[1:], json.loads(sys.stdin.readline()))
    for line in iter(sys.stdin.readline, ""):
        sys.stdout.flush()
        sys.stderr.flush()
        parent, child = os.getpid(), _fork()
        if not child:
            os.close(answers)
            signal.signal(signal.SIGINT, interrupt)
            _end_with(parent)
            _run(json.loads(line), set_by_import)
        os.write(answers, f"{_exit_code(child)}\n".encode())


def _import(names: list[str], variables: Mapping[str, str | None]) -> dict[str, str]:
    """Import modules under variables of the environment, and return those that they have set."""
    for name, value in variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
    before = set(os.environ)
    gc.disable()
    for name in names:
        importlib.import_module(name)
    gc.enable()
    gc.freeze()
    return {name: value for name, value in os.environ.items() if name not in before}


def _fork() -> int:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of threads, of which those of a library stay behind
        return os.fork()


def _exit_code(child: int) -> int:
    """Wait for a run; a polite kill is passed on to it."""
    signal.signal(signal.SIGTERM, lambda *_: os.kill(child, signal.SIGTERM))
    _, status = os.waitpid(child, 0)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    return os.waitstatus_to_exitcode(status)


def _end_with(parent: int) -> None:
    """Let the system end this process with its parent, however that ends."""
    ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(1)


def _run(order: dict[str, Any], set_by_import: Mapping[str, str]) -> NoReturn:
    """Become `python -m pytest`, with the arguments, environment and output of an order."""
    os.environ.clear()
    os.environ.update({**set_by_import, **order["environment"]})
    _turn(0, os.devnull)
    _turn(1, order["output"])
    _turn(2, order["errors"])
    if "numpy.random" in sys.modules:
        sys.modules["numpy.random"].seed()  # anew in each process, as `random` is
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
