"""The command `pytest-fairness`: thin, every verb is a function elsewhere."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from pytest_fairness import cli_repair
from pytest_fairness.errors import ArgumentError, FairnessError

_BAD_USAGE = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; return 0 when it did what was asked, 1 when it could not, 2 for bad usage."""
    typed = list(sys.argv[1:] if arguments is None else arguments)
    ours, for_pytest = cli_repair.parted(typed)
    options = _parser().parse_args(ours)
    options.typed, options.ours, options.for_pytest = typed, ours, for_pytest
    try:
        return int(options.run(options))
    except FairnessError as err:
        _complain(options, str(err))
        return _BAD_USAGE
    except KeyboardInterrupt:
        _complain(options, f"interrupted{cli_repair.how_to_go_on(options)}")
        return 130


def _complain(options: argparse.Namespace, what: str) -> None:
    """Say what went wrong, once on a machine where several processes repair one model."""
    from pytest_fairness.mitigation import processes

    if processes.is_first_here():
        print(f"pytest-fairness {options.verb}: {what}", file=sys.stderr, flush=True)
    processes.let_first_speak()


def _parser() -> argparse.ArgumentParser:
    from pytest_fairness import __version__

    parser = argparse.ArgumentParser(
        prog="pytest-fairness",
        description="Audit models, repair those that fail fairness tests, read reports, look at "
        "perturbed texts, see a demonstration. The tests themselves run by pytest.",
    )
    parser.add_argument("--version", action="version", version=f"pytest-fairness {__version__}")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    _add_audit(verbs)
    cli_repair.add_verb(verbs)
    _add_report(verbs)
    _add_perturb(verbs)
    _add_demo(verbs)
    return parser


def _add_audit(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    verb = verbs.add_parser(
        "audit",
        help="Run published benchmarks as gates on a model.",
        description="Runs published benchmarks on a model and judges each score with an interval. "
        "No data comes with this package: --data names a folder with one folder for each "
        "benchmark, with its files as they are published.",
    )
    verb.add_argument("model", metavar="MODEL", help="Folder, hub id, or URL#NAME of an endpoint.")
    verb.add_argument("--suite", action="append", required=True, metavar="NAME", help="Repeatable.")
    verb.add_argument("--data", required=True, type=Path, metavar="FOLDER")
    verb.add_argument("--limit", type=_count, metavar="N", help="Items of each, drawn by --seed.")
    verb.add_argument("--max-deviation", type=float, metavar="X", help="In place of usual limits.")
    verb.add_argument("--seed", type=int, default=0, metavar="N", help="Default: 0.")
    verb.add_argument("--scorer", metavar="FOLDER", help="Classifier of texts that models write.")
    verb.add_argument(
        "--written-choices",
        action="store_true",
        help="Read choices from what the model writes: for servers without log-probabilities.",
    )
    verb.add_argument("--report", type=Path, metavar="FILE", help="Page (.html) or data (.json).")
    verb.add_argument("--pytest", default="", metavar="OPTIONS", help="For pytest, as one string.")
    verb.set_defaults(run=_audit)


def _audit(options: argparse.Namespace) -> int:
    from pytest_fairness.suites.audit import Audit, benchmarks_of, run_audit

    benchmarks = benchmarks_of(options.suite)
    if not options.data.expanduser().is_dir():
        raise ArgumentError(
            f"--data {str(options.data)!r} is no folder. Give the one that holds a folder for each "
            "benchmark, with its files as they are published."
        )
    audit = Audit(
        benchmarks,
        str(options.data.expanduser().resolve()),
        options.limit,
        options.max_deviation,
        options.seed,
        options.scorer,
        options.written_choices,
    )
    report = [f"--fairness-report={options.report.resolve()}"] if options.report else []
    return run_audit(options.model, audit, [*report, *shlex.split(options.pytest)])


def _add_report(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    verb = verbs.add_parser("report", help="Turn a JSON report into a page.")
    verb.add_argument("source", type=Path, metavar="FILE.json")
    verb.add_argument("target", type=Path, metavar="FILE.html")
    verb.add_argument("--before", type=Path, metavar="FILE.json", help="Outcomes before a repair.")
    verb.set_defaults(run=_report)


def _report(options: argparse.Namespace) -> int:
    from pytest_fairness.reports import read_report, write_report

    report = read_report(options.source)
    before = read_report(options.before).outcomes if options.before else None
    write_report(options.target, report.outcomes, settings=report.settings, before=before)
    print(f"wrote {options.target}")
    return 0


def _add_perturb(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    verb = verbs.add_parser(
        "perturb",
        help="Show every counterfactual variant of texts or templates, with its status.",
        description="Prints each variant of a text with its status and the reason, the changed "
        "words in brackets. Texts with {slots} are templates: some of their pairs are listed, all "
        "are counted.",
    )
    verb.add_argument(
        "source",
        metavar="TEXT-OR-FILE",
        help="A text, a file (.txt, .csv, .jsonl, .yaml), or - for lines on standard input.",
    )
    verb.add_argument("--attribute", default="gender", help="Several by commas. Default: gender.")
    verb.add_argument("--language", default="en", metavar="CODE", help="Default: en.")
    verb.add_argument("--to", metavar="GROUP", help="Only variants that speak of this group.")
    verb.add_argument("--status", metavar="STATUS", help="Only these, by commas, such as valid.")
    verb.add_argument("--format", choices=("text", "json", "csv"), default="text")
    verb.add_argument("--limit", type=_count, metavar="N", help="Variants listed at most.")
    verb.add_argument("--column", metavar="NAME", help="Default: template or text.")
    verb.set_defaults(run=_perturb)


def _count(value: str) -> int:
    if not value.isdigit() or not int(value):
        raise argparse.ArgumentTypeError(f"{value!r} must be a whole number of at least 1")
    return int(value)


def _perturb(options: argparse.Namespace) -> int:
    from pytest_fairness.perturb.listing import (
        file_slots,
        list_variants,
        read_texts,
        resolve_attribute,
    )
    from pytest_fairness.perturb.showing import show

    listing = list_variants(
        read_texts(options.source, options.column, sys.stdin),
        resolve_attribute(options.attribute, options.language),
        to=options.to,
        statuses=[s.strip() for s in (options.status or "").split(",") if s.strip()],
        limit=options.limit,
        slots=file_slots(options.source, options.column),
    )
    colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    print(show(listing, options.format, colour=colour))
    return 0


def _add_demo(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    verb = verbs.add_parser(
        "demo",
        help="See a biased model fail, be repaired and pass: offline, in about a minute.",
    )
    verb.add_argument(
        "folder", nargs="?", type=Path, default=Path("fairness-demo"), help="A new folder."
    )
    verb.set_defaults(run=_demo)


def _demo(options: argparse.Namespace) -> int:
    from pytest_fairness.demo import run_demo

    return run_demo(options.folder)


if __name__ == "__main__":
    sys.exit(main())
