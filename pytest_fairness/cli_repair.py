"""The verb `mitigate` of the command: its options, and what they mean to a repair."""

from __future__ import annotations

import argparse
import re
import shlex
from collections import Counter
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_fairness.errors import ArgumentError

if TYPE_CHECKING:
    from pytest_fairness.mitigation import MitigationConfig

_FAILED, _NOT_BEGUN = 1, 2
_METHODS = (
    "thresholds, last_layer, averaging, erasure, head, full, lora, ia3, prefix, prompt, or by "
    "default auto, which tries some from cheap to dear."
)
# objectives={'mmd': 1} and objectives['mmd']=-1, as messages of the configuration begin
_OBJECTIVE = re.compile(r"objectives(?:=\{'(\w+)': ([^}]+)\}|\['(\w+)'\]=)")


def add_verb(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb with its options."""
    verb = verbs.add_parser(
        "mitigate",
        help="Fine-tune the model that fails tests until the same tests pass.",
        description="Runs the tests, fine-tunes the failing model on counterfactual pairs, and "
        "runs the same tests again on terms and templates that the repair never saw. Options "
        "after -- go to pytest.",
        usage="pytest-fairness mitigate TESTS ... --out FOLDER [options]",
    )
    verb.add_argument("tests", nargs="*", metavar="TESTS", help="Test files, as pytest takes them.")
    verb.add_argument(
        "--out",
        required=True,
        metavar="FOLDER",
        help="A new folder for the repaired model and the record of the repair; where nothing "
        "passes, for the record alone.",
    )
    verb.add_argument(
        "--model",
        metavar="FOLDER",
        help="The model to test and repair, in place of those that the tests name.",
    )
    _add_rows(verb)
    _add_training(verb)
    verb.set_defaults(run=_mitigate)


def _add_rows(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--train", type=Path, metavar="FILE", help="Rows (.csv, .tsv, .jsonl or .parquet)."
    )
    verb.add_argument("--text", default="text", metavar="COLUMN", help="Default: text.")
    verb.add_argument("--label", metavar="COLUMN", help="Without it the original model teaches.")
    verb.add_argument("--group", metavar="COLUMN", help="Who each text speaks of, where known.")
    verb.add_argument(
        "--retention",
        action="append",
        type=_named,
        metavar="NAME=FILE",
        help="Rows with the same columns that must not lose skill either; again for more.",
    )


def _add_training(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--method", metavar="NAME", help=_METHODS)
    verb.add_argument(
        "--objective",
        action="append",
        type=_weighted,
        metavar="NAME=WEIGHT",
        help="A loss beside the task, such as consistency=3; give it again for more.",
    )
    states = verb.add_mutually_exclusive_group()
    states.add_argument(
        "--checkpoints",
        metavar="FOLDER",
        help="Keep the state of training here, and go on from what a cut run left, if it did.",
    )
    states.add_argument(
        "--resume",
        metavar="FOLDER",
        help="Go on from what a run with --checkpoints FOLDER left there.",
    )
    verb.add_argument("--max-steps", type=int, metavar="N", help="Training steps at most.")
    verb.add_argument("--learning-rate", type=float, metavar="RATE", help="Peak rate of AdamW.")
    verb.add_argument("--max-accuracy-loss", type=float, metavar="SHARE", help="Default: 0.02.")
    verb.add_argument(
        "--max-recall-loss", type=float, metavar="SHARE", help="Of any one class. Default: 0.1."
    )
    verb.add_argument(
        "--max-perplexity-rise",
        type=float,
        metavar="SHARE",
        help="Of a language model, on ordinary texts. Default: 0.05.",
    )
    verb.add_argument(
        "--max-similarity-loss",
        type=float,
        metavar="SHARE",
        help="Of an embedder's vectors of ordinary texts to those before. Default: 0.05.",
    )
    verb.add_argument("--freeze-layers", type=int, metavar="N", help="Default: the lower half.")
    verb.add_argument("--seed", type=int, metavar="N", help="Default: 0.")
    verb.add_argument("--device", help="As in torch; default: the best there is.")


def _mitigate(options: argparse.Namespace) -> int:
    from pytest_fairness.mitigation import processes
    from pytest_fairness.options import interrupt_when_terminated

    if not processes.are_launched():  # a launcher ends the others by this signal, at once
        interrupt_when_terminated()
    try:
        return _repair(options)
    except ArgumentError as err:
        raise ArgumentError(_as_typed(str(err), vars(options))) from err


def _as_typed(message: str, options: Mapping[str, object]) -> str:
    """Return a message that begins with the name of an argument with that of the option."""
    if found := _OBJECTIVE.match(message):
        name, weight = found.group(1) or found.group(3), found.group(2) or ""
        return f"--objective {name}={weight}{message[found.end() :]}"
    name, _, rest = message.partition("=")
    if name == "checkpoints" and options.get("resume") is not None:
        name = "resume"
    known = name in options and options[name] is not None
    return f"--{name.replace('_', '-')}={rest}" if known else message


def _repair(options: argparse.Namespace) -> int:
    from pytest_fairness.mitigation import mitigate_tests, processes
    from pytest_fairness.mitigation.caller import COMMAND
    from pytest_fairness.mitigation.data import read_rows

    config = _config(options)
    rows = None
    if not (options.train or options.retention) and (options.label or options.group):
        raise ArgumentError("--label and --group name columns of --train FILE. Give the file too.")
    if options.train:
        rows = read_rows(options.train, options.text, options.label, options.group)
    columns = (options.text, options.label, options.group)
    named = options.retention or []
    if twice := [name for name, count in Counter(name for name, _ in named).items() if count > 1]:
        raise ArgumentError(f"--retention names {twice[0]!r} twice. Give each file its own name.")
    further = {name: read_rows(file, *columns) for name, file in named}
    tests = [*options.tests, *options.for_pytest]
    if not tests:
        raise ArgumentError("no tests were named. Give files, folders or node ids of pytest.")
    result = mitigate_tests(
        tests,
        out=options.out,
        model=options.model,
        data=rows,
        retention=further,
        config=config,
        command=_again(options, processes.count()),
        caller=COMMAND,
        say=partial(print, flush=True),
    )
    speaks = processes.is_main()
    processes.part()
    if result.met or not speaks:
        return 0
    return _FAILED if result.attempts else _NOT_BEGUN


def _again(options: argparse.Namespace, processes: int) -> str:
    """Return what makes the same repair from its beginning."""
    begun = [_renamed(word, "resume", "checkpoints") for word in options.typed[: len(options.ours)]]
    typed = [*begun, *options.typed[len(options.ours) :]]
    if processes == 1:
        return shlex.join(["pytest-fairness", *typed])
    launcher = ["accelerate", "launch", "--num_processes", str(processes), "-m", "pytest_fairness"]
    return shlex.join([*launcher, *typed])


def _config(options: argparse.Namespace) -> MitigationConfig:
    """Return the configuration of a repair: what was typed, and what is usual for the rest."""
    from pytest_fairness.mitigation import MitigationConfig
    from pytest_fairness.mitigation.checkpoints import check_resumable
    from pytest_fairness.mitigation.language import LanguageConfig

    names = (
        "method",
        "checkpoints",
        "max_steps",
        "learning_rate",
        "max_accuracy_loss",
        "max_recall_loss",
        "freeze_layers",
        "seed",
        "device",
    )
    given = {name: value for name in names if (value := getattr(options, name)) is not None}
    if options.resume is not None:
        check_resumable(options.resume)
        given["checkpoints"] = options.resume
    if options.objective:
        given["objectives"] = dict(options.objective)
    margins = ("max_perplexity_rise", "max_similarity_loss")
    if language := {name: v for name in margins if (v := getattr(options, name)) is not None}:
        given["language"] = LanguageConfig(**language)
    return MitigationConfig(**given, progress=True)


def _named(value: str) -> tuple[str, Path]:
    name, _, file = value.partition("=")
    if not name or not file:
        raise argparse.ArgumentTypeError(f"{value!r} must be a name and a file: reviews=rows.csv")
    return name, Path(file)


def _weighted(value: str) -> tuple[str, float]:
    name, _, weight = value.partition("=")
    try:
        return name, float(weight)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{value!r} must be a name and a number: consistency=1"
        ) from None


def how_to_go_on(options: argparse.Namespace) -> str:
    """Return what to do about a repair that was interrupted."""
    if options.verb != "mitigate":
        return ""
    folder = options.resume or options.checkpoints
    if folder is None:
        return (
            ". Nothing was kept. With --checkpoints FOLDER the state of training is, and the same "
            "command with --resume FOLDER goes on from it."
        )
    from pytest_fairness.mitigation.checkpoints import holds_states

    if not holds_states(folder):
        return f" before any state of training was kept in {folder}. Give the same command again."
    typed = [
        *(_renamed(word, "checkpoints", "resume") for word in options.typed[: len(options.ours)]),
        *options.typed[len(options.ours) :],
    ]
    return f". To go on where it was:\n{shlex.join(['pytest-fairness', *typed])}"


def _renamed(word: str, option: str, other: str) -> str:
    """Return a word of the command, with one option, or its beginning, in place of another."""
    name, equals, value = word.partition("=")
    is_it = len(name) > len("--") and f"--{option}".startswith(name)
    return f"--{other}{equals}{value}" if is_it else word


def parted(typed: list[str]) -> tuple[list[str], list[str]]:
    """Return what stands before and after ``--``; of `mitigate`, the second goes to pytest."""
    if typed[:1] != ["mitigate"] or "--" not in typed:
        return typed, []
    place = typed.index("--")
    return typed[:place], typed[place + 1 :]
