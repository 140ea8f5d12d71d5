"""What a run costs that does not use the plugin: next to nothing."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

HEAVY = ("numpy", "scipy", "torch", "transformers", "hypothesis", "jinja2", "peft", "pandas")

# Imported when pytest starts. Whoever adds to this list makes every pytest run slower.
AT_STARTUP = [
    "pytest_fairness",
    "pytest_fairness.errors",
    "pytest_fairness.options",
    "pytest_fairness.plugin",
]
AFTER_A_TEST = sorted([*AT_STARTUP, "pytest_fairness.session", "pytest_fairness.settings"])


def run_python(code: str, *arguments: str, cwd=None) -> str:
    command = [sys.executable, "-c", textwrap.dedent(code), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, cwd=cwd).stdout


def test_importing_the_plugin_imports_only_these_modules():
    code = """
        import sys
        import pytest_fairness.plugin
        print(*sorted(m for m in sys.modules if m.split(".")[0] == "pytest_fairness"))
    """
    assert run_python(code).split() == AT_STARTUP


@pytest.mark.parametrize("module", HEAVY)
def test_importing_the_package_and_plugin_imports_nothing_heavy(module):
    code = """
        import sys
        import pytest_fairness, pytest_fairness.plugin, pytest_fairness.cli
        print(sys.argv[1] in sys.modules)
    """
    assert run_python(code, module).strip() == "False"


def test_a_run_without_fairness_tests_imports_prints_and_writes_nothing(tmp_path):
    (tmp_path / "test_plain.py").write_text("def test_plain(): pass\n")
    code = """
        import sys, pytest
        options = ["-q", "-p", "no:cacheprovider", "-p", "no:hypothesispytest", "-p", "no:xdist"]
        code = pytest.main(options)
        print(*sorted(m for m in sys.modules if m.split(".")[0] == "pytest_fairness"))
        print(*sorted(set(sys.argv[1:]) & set(sys.modules)))
        sys.exit(code)
    """
    output = run_python(code, *HEAVY, cwd=tmp_path)
    *shown, ours, heavy = output.splitlines()
    assert ours.split() == AFTER_A_TEST
    assert heavy == ""
    assert "fairness" not in "\n".join(shown)
    assert {p.name for p in tmp_path.iterdir()} <= {"test_plain.py", "__pycache__"}
