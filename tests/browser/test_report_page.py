"""The page as a browser shows it: Chromium, headless and offline."""

from __future__ import annotations

import re
import shutil
import struct
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_fairness.outcome import Outcome, Verdict
from pytest_fairness.reports import read_json, write_html

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
EXAMPLES = Path(__file__).parents[1] / "reports" / "example_outcomes.json"
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
]

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")


@pytest.fixture(scope="module")
def outcomes() -> tuple[Outcome, ...]:
    return read_json(EXAMPLES).outcomes


@pytest.fixture(scope="module")
def page(outcomes, tmp_path_factory) -> Path:
    return write_html(tmp_path_factory.mktemp("page") / "report.html", outcomes)


def browse(page: Path, tmp_path: Path, *flags: str) -> str:
    """Open `page` with `flags` and return what Chromium prints."""
    command = [CHROMIUM, *FLAGS, f"--user-data-dir={tmp_path / 'profile'}", *flags, page.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout


def ask(page: Path, tmp_path: Path, script: str, *flags: str) -> str:
    """Open a copy of `page` whose policy lets `script` in, and return what it answers.

    The page's own script runs first; `script` is the body of a function.
    """
    html = page.read_text(encoding="utf-8")
    free = re.sub(r"<meta http-equiv=.*?>", "", html, count=1)
    asking = f"<script>document.title = 'answer: ' + (() => {{ {script} }})();</script>"
    copy = tmp_path / "asking.html"
    copy.write_text(free.replace("</body>", asking + "</body>"), encoding="utf-8")
    answer = re.search(
        r"<title>answer: (.*?)</title>", browse(copy, tmp_path, "--dump-dom", *flags)
    )
    assert answer is not None
    return answer[1]


def png_size(path: Path) -> tuple[int, int]:
    header = path.read_bytes()[:24]
    assert header.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", header[16:24])
    return width, height


@pytest.mark.parametrize(
    ("width", "flags"),
    [(1200, ()), (400, ()), (1200, ("--blink-settings=preferredColorScheme=0",))],
    ids=["desktop", "narrow", "dark"],
)
def test_the_page_can_be_drawn(page, tmp_path, width, flags):
    picture = tmp_path / "page.png"
    browse(page, tmp_path, f"--screenshot={picture}", f"--window-size={width},1600", *flags)
    assert png_size(picture) == (width, 1600)
    assert picture.stat().st_size > 20_000


def test_the_page_shows_its_verdicts_and_runs_its_own_script(page, tmp_path):
    dom = browse(page, tmp_path, "--dump-dom")
    assert all(f"</svg>{verdict.value}</span>" in dom for verdict in Verdict)
    assert "4 of 6 checks did not pass." in dom
    assert '<div class="controls">' in dom, "the policy must let the page's script in"


OVERHANG = """
  document.documentElement.style.width = '%dpx';
  document.querySelectorAll('details').forEach((item) => { item.open = true; });
  return [...document.querySelectorAll('body *')]
    .filter((part) => !part.closest('.unseen') && !part.matches('svg, svg *'))
    .filter((part) => part.getBoundingClientRect().right > %d + 1)
    .map((part) => `${part.tagName}.${part.className}`).join(' ');
"""


@pytest.mark.parametrize("width", [1200, 820, 770, 400])
def test_nothing_hangs_over_the_edge(page, tmp_path, width):
    assert ask(page, tmp_path, OVERHANG % (width, width), f"--window-size={width},900") == ""


@pytest.mark.parametrize("width", [1200, 400])
def test_long_words_break_instead_of_widening_the_page(outcomes, tmp_path, width):
    long = "Donaudampfschifffahrtsgesellschaft" * 6
    example = replace(outcomes[1].examples[0], texts=(f"{long} he", long), groups=(long, long))
    rates = tuple(replace(rate, group=long + rate.group) for rate in outcomes[1].evidence.groups)
    outcome = replace(
        outcomes[1],
        examples=(example,),
        evidence=replace(outcomes[1].evidence, groups=rates),
        attribute=long,
        reason=long,
        test=f"t.py::{long}",
    )
    page = write_html(tmp_path / "long.html", [outcome])
    assert ask(page, tmp_path, OVERHANG % (width, width), f"--window-size={width},900") == ""


def test_checks_can_be_filtered_sorted_and_folded(page, tmp_path):
    script = """
      const shown = () => [...document.querySelectorAll('.index tbody tr')]
        .filter((row) => !row.hidden).map((row) => row.dataset.verdict[0]).join('');
      const steps = [shown()];
      const box = document.querySelector('.controls input[value=fail]');
      box.click();
      steps.push(shown());
      box.click();
      const search = document.querySelector('input[type=search]');
      search.value = 'Veteran';
      search.dispatchEvent(new Event('input'));
      steps.push(shown());
      search.value = '';
      search.dispatchEvent(new Event('input'));
      document.querySelector('th[data-key=n] button').click();
      steps.push(document.querySelector('.index tbody tr').dataset.verdict);
      document.querySelector('[data-fold=open]').click();
      steps.push(document.querySelectorAll('details.check[open]').length);
      return steps.join(' ');
    """
    assert ask(page, tmp_path, script) == "ffiupp iupp u inconclusive 6"


def test_hostile_words_run_nothing(outcomes, tmp_path):
    attack = "</script><script>document.title='owned'</script><img src=x onerror=document.title=1>"
    outcome = replace(outcomes[1], reason=attack, attribute=attack, test=f"t.py::{attack}")
    page = write_html(tmp_path / "hostile.html", [outcome])
    dom = browse(page, tmp_path, "--dump-dom")
    assert "<title>Fairness report: The one check did not pass.</title>" in dom
    assert "<img" not in dom
