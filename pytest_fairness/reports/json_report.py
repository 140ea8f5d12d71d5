"""Outcomes to a JSON file and back: what a run hands to a later command."""

from __future__ import annotations

import dataclasses
import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pytest_fairness.errors import ArgumentError, ArgumentTypeError
from pytest_fairness.outcome import SCHEMA_VERSION, Outcome
from pytest_fairness.reports.files import write_whole

TOOL = "pytest-fairness"
_HALF_PAIR = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Report:
    """What a JSON report holds."""

    outcomes: tuple[Outcome, ...]
    settings: Mapping[str, Any] = field(default_factory=dict)
    version: str = ""
    notes: tuple[str, ...] = ()


def write_json(
    path: str | os.PathLike[str],
    outcomes: Iterable[Outcome],
    *,
    settings: Any = None,
    notes: Sequence[str] = (),
) -> Path:
    """Write `outcomes`, the `settings` of the run (a mapping or a dataclass) and `notes` to `path`.

    The same outcomes give the same bytes.
    """
    report = {
        "schema": SCHEMA_VERSION,
        "tool": {"name": TOOL, "version": tool_version()},
        "settings": settings_dict(settings),
        "notes": list(notes),
        "outcomes": [outcome.to_dict() for outcome in outcomes],
    }
    return write_whole(path, _dump(report).encode("utf-8"))


def _dump(report: Mapping[str, Any]) -> str:
    try:
        text = json.dumps(report, ensure_ascii=False, indent=1, allow_nan=False)
    except (TypeError, ValueError) as err:
        raise ArgumentTypeError(
            f"settings cannot be written as JSON: {err}. Give a mapping of names to texts, "
            "finite numbers, truth values, lists of them, or None."
        ) from err
    return _HALF_PAIR.sub(lambda half: f"\\u{ord(half[0]):04x}", text) + "\n"


def settings_dict(settings: Any) -> dict[str, Any]:
    """Return `settings`, a mapping or a dataclass or None, as a dict."""
    if settings is None:
        return {}
    if dataclasses.is_dataclass(settings) and not isinstance(settings, type):
        return dataclasses.asdict(settings)
    if isinstance(settings, Mapping):
        return {str(name): value for name, value in settings.items()}
    raise ArgumentTypeError(
        f"settings={settings!r} must be a mapping, a dataclass or None: it is printed in the "
        "report as name and value."
    )


def tool_version() -> str:
    """Return the version of this package."""
    import pytest_fairness

    return str(getattr(pytest_fairness, "__version__", "unknown"))


def read_json(path: str | os.PathLike[str]) -> Report:
    """Read what `write_json` wrote.

    Raises
    ------
    ArgumentError
        If the file is missing, is no JSON, or is no report that this version can read; the message
        names the file, the line or field, and the next step.
    """
    source = Path(path)
    data = _fields(source, _parse(source))
    _check_schema(source, data)
    outcomes = _typed(source, data, "outcomes", list)
    return Report(
        outcomes=tuple(_outcome(source, i, item) for i, item in enumerate(outcomes)),
        settings=_typed(source, data, "settings", dict),
        version=str(_typed(source, data, "tool", dict).get("version", "")),
        notes=tuple(map(str, data.get("notes", ()))),
    )


def _parse(source: Path) -> Any:
    try:
        return json.loads(source.read_text(encoding="utf-8"))
    except OSError as err:
        raise ArgumentError(
            f"The report {str(source)!r} cannot be read: {err.strerror}. Write one with: "
            "pytest --fairness-report=fairness.json"
        ) from err
    except json.JSONDecodeError as err:
        raise ArgumentError(
            f"{source}, line {err.lineno}, column {err.colno}: no JSON ({err.msg}). {_REWRITE}"
        ) from err
    except ValueError as err:  # not UTF-8, or a number too long to read
        raise ArgumentError(f"{source}: no JSON in UTF-8 ({err}). {_REWRITE}") from err
    except RecursionError as err:
        raise ArgumentError(f"{source}: JSON nested too deeply. {_REWRITE}") from err


_REWRITE = "The file is damaged, or no report: run the tests again to write it anew."


def _fields(source: Path, data: Any) -> Mapping[str, Any]:
    if not isinstance(data, dict):
        raise _foreign(source, f"it holds a {type(data).__name__} instead of an object")
    tool = data.get("tool")
    if not isinstance(tool, dict) or tool.get("name") != TOOL:
        raise _foreign(source, f"field 'tool.name' must be {TOOL!r}")
    return data


def _foreign(source: Path, why: str) -> ArgumentError:
    return ArgumentError(
        f"{source} is no report of {TOOL}: {why}. Give the JSON file that "
        "pytest --fairness-report=FILE.json wrote."
    )


def _check_schema(source: Path, data: Mapping[str, Any]) -> None:
    schema = data.get("schema")
    if schema != SCHEMA_VERSION:
        raise ArgumentError(
            f"{source}: field 'schema' is {schema!r}; this version reads schema {SCHEMA_VERSION}. "
            f"Read it with the version of {TOOL} that wrote it."
        )


def _typed(source: Path, data: Mapping[str, Any], name: str, kind: type) -> Any:
    value = data.get(name)
    if not isinstance(value, kind):
        found = type(value).__name__ if name in data else "missing"
        raise ArgumentError(
            f"{source}: field {name!r} is {found}, expected {kind.__name__}. {_REWRITE}"
        )
    return value


def _outcome(source: Path, index: int, item: Any) -> Outcome:
    where = f"{source}: field 'outcomes[{index}]'"
    if not isinstance(item, dict):
        raise ArgumentError(f"{where} is {type(item).__name__}, expected dict. {_REWRITE}")
    try:
        return Outcome.from_dict(item)
    except (ValueError, TypeError, AttributeError) as err:
        raise ArgumentError(f"{where} is malformed: {err} {_REWRITE}") from err
