"""The arrows between rooms run one way, as the README draws them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import pytest_fairness

PACKAGE = Path(pytest_fairness.__file__).parent

# What each room may know, beside itself, `errors`, `outcome` and `definitions`.
ALLOWED = {
    "errors": set(),
    "outcome": set(),
    "definitions": set(),
    "settings": set(),
    "options": set(),
    "session": set(),
    "telling": set(),
    "sharing": set(),
    "conclusions": {"evidence"},
    "metrics": set(),
    "evidence": set(),
    "attributes": set(),
    "perturb": {"attributes"},
    "search": {"perturb"},
    "strategies": {"perturb", "attributes", "search", "settings"},
    "engine": set(),
    "models": {"engine"},
    "reports": set(),
    "benchmarks": {"models", "metrics"},
    "assertions": {
        "metrics",
        "evidence",
        "models",
        "perturb",
        "search",
        "reports",
        "settings",
        "benchmarks",
    },
    "mitigation": {
        "models",
        "metrics",
        "evidence",
        "perturb",
        "attributes",
        "assertions",
        "reports",
        "engine",
        "telling",
    },
    "suites": {"benchmarks", "assertions", "metrics", "models", "strategies", "settings"},
    "demo": {"attributes", "models"},
    "__main__": {"cli"},
    "cli": {"cli_repair", "mitigation", "perturb", "reports", "demo", "suites"},
    "cli_repair": {"mitigation", "options"},
    "plugin": {
        "options",
        "telling",
        "settings",
        "session",
        "sharing",
        "conclusions",
        "models",
        "mitigation",
        "strategies",
        "reports",
    },
}

# Third-party packages that only some rooms may import.
GUARDED = {
    "pytest": {"plugin"},
    "hypothesis": {"strategies"},
    "torch": {"engine", "models", "mitigation", "demo"},
    "transformers": {"models", "mitigation", "demo"},
    "tokenizers": {"demo"},
    "peft": {"mitigation", "models"},
    "accelerate": {"mitigation"},
    "optuna": {"mitigation"},
    "sklearn": {"metrics"},
    "scipy": {"metrics", "evidence", "mitigation"},
    "jinja2": {"reports"},
    "numpy": {
        "metrics",
        "evidence",
        "engine",
        "models",
        "assertions",
        "mitigation",
        "benchmarks",
        "search",
    },
}


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def modules() -> list[Path]:
    return [p for p in sorted(PACKAGE.rglob("*.py")) if p.parent != PACKAGE or p.stem != "__init__"]


def imported(tree: ast.AST) -> Iterator[str]:
    """Yield the dotted names of what really is imported: not what only type checkers read."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        yield from imported(node)


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_room_knows_only_the_rooms_below_it(path):
    room = room_of(path)
    known = ALLOWED[room] | {room, "errors", "outcome", "definitions", "__version__"}
    for name in imported(ast.parse(path.read_text("utf-8"))):
        parts = name.split(".")
        if parts[0] == "pytest_fairness" and len(parts) > 1:
            assert parts[1] in known, f"{path.name} imports {name}"
        if parts[0] in GUARDED:
            assert room in GUARDED[parts[0]], f"{path.name} imports {name}"


def test_every_room_is_on_the_map():
    assert {room_of(path) for path in modules()} == set(ALLOWED)


def test_the_map_has_no_circle():
    order: list[str] = []
    while len(order) < len(ALLOWED):
        free = [room for room in ALLOWED if room not in order and ALLOWED[room] <= set(order)]
        assert free, f"a circle among {sorted(set(ALLOWED) - set(order))}"
        order += free
