from __future__ import annotations

import base64
import hashlib
import re
import sys
from dataclasses import replace
from datetime import datetime, timezone
from html.parser import HTMLParser
from importlib import resources

import pytest
from hypothesis import example, given, settings, strategies as st

from pytest_fairness.errors import ArgumentError, MissingPackageError
from pytest_fairness.outcome import Example, GroupRate, Interval, ModelInfo, Verdict
from pytest_fairness.reports import render_html, write_html
from pytest_fairness.reports.columns import visible

VOID = {"meta", "input", "br", "path", "rect", "line", "circle", "use"}
NOW = datetime(2026, 1, 2, 3, 4, tzinfo=timezone.utc)


class Page(HTMLParser):
    """A strict reader of a page: tags, attributes, words, and whether tags close in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.code: dict[str, str] = {}
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] in {"style", "script"}:
            self.code[self.open[-1]] = data
        else:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())

    def values(self, name: str) -> list[str]:
        return [value for _, attribute, value in self.attributes if attribute == name]


def page_of(outcomes, **options):
    return Page(render_html(outcomes, written=NOW, **options))


@pytest.fixture(scope="session")
def page(outcomes):
    return page_of(outcomes.values(), settings={"alpha": 0.05, "models": ["a", "b"]})


def test_tags_close_in_order_and_ids_are_unique(page):
    assert page.open == []
    ids = page.values("id")
    assert len(ids) == len(set(ids))


def test_references_stay_inside_the_page(page):
    targets = set(page.values("id"))
    assert {link.removeprefix("#") for link in page.values("href")} <= targets
    assert set(page.values("aria-labelledby")) <= targets
    assert page.values("src") == []


def test_nothing_is_loaded_from_anywhere(outcomes):
    html = render_html(outcomes.values())
    assert not re.search(r"(?i)https?:|//[a-z]|url\(|@import|<link|<img|<iframe", html)


def test_the_policy_lets_in_only_this_style_and_this_script(page):
    (policy,) = [v for v in page.values("content") if "default-src" in v]
    for kind in ("style", "script"):
        digest = hashlib.sha256(page.code[kind].encode()).digest()
        assert f"{kind}-src 'sha256-{base64.b64encode(digest).decode()}'" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert page.values("style") == []


def test_what_did_not_pass_comes_first(page):
    order = ["fail", "fail", "inconclusive", "unmeasurable", "pass", "pass"]
    assert page.values("data-verdict") == order


def test_every_verdict_is_a_word_and_a_glyph(page):
    glyphs = [link for link in page.values("href") if link.startswith("#glyph-")]
    words = [word for word in page.words if word in {verdict.value for verdict in Verdict}]
    assert [link.removeprefix("#glyph-") for link in glyphs] == words
    assert set(words) == {verdict.value for verdict in Verdict}


@pytest.mark.parametrize(
    "words",
    [
        "4 of 6 checks did not pass.",
        "In 6.4 % of pairs the decision changes with the group in the text.",
        "Even the lower bound, 5.3 %, lies above the limit of 1 %.",
        "measured 6.4 % (5.3 to 7.7 %); placebo 0.78 % (0.30 to 1.7 %); the limit is at most 1 %.",
        "excess 5.6 pp",
        "about 9,100 rows",
        "Native American above Other",
        "What it does not show",
        "toxicity-classifier",
        "9f2c51be07ad43f1b6c08e5d71aa9034",
        "pytest-fairness mitigate tests/test_toxicity.py --train rows.csv --label label --out",
        "17 (group unknown)",
        "Written by pytest-fairness",
        "2026-01-02 03:04 UTC",
    ],
)
def test_the_page_says(page, words):
    assert words in page.text


def test_changed_words_are_marked(outcomes):
    html = render_html(outcomes.values())
    assert "As a <mark>straight</mark> man" in html
    assert (
        "<mark>她</mark>是一名护士，<mark>她</mark>的<mark>丈夫</mark>说<mark>她</mark>工作" in html
    )


def test_texts_carry_their_language(page):
    assert ("p", "lang", "zh") in page.attributes
    assert ("html", "lang", "en") in page.attributes


def test_tables_have_captions_and_pictures_have_words(page):
    assert page.tags.count("caption") == page.tags.count("table")
    pictures = [tag for tag, name, value in page.attributes if (name, value) == ("role", "img")]
    assert len(pictures) == page.tags.count("title") - 1 == 5
    hidden = [tag for tag, name, _ in page.attributes if name == "aria-hidden"]
    assert page.tags.count("svg") <= len(pictures) + len(hidden) + page.tags.count("mark")


def test_an_empty_run_says_that_nothing_was_measured():
    page = page_of([])
    assert "Nothing was measured." in page.text
    assert "says nothing about any model" in page.text
    assert page.open == []


@pytest.mark.parametrize(
    ("names", "lead"),
    [
        (["flip_rate"], "The one check did not pass."),
        (["mean_shift"], "The one check passes."),
        (["mean_shift", "demographic_parity_difference"], "All 2 checks pass."),
        (["flip_rate", "equal_opportunity_ratio"], "None of 2 checks passed."),
    ],
)
def test_the_first_line_tells_how_it_ended(outcomes, names, lead):
    assert lead in page_of([outcomes[name] for name in names]).text


def test_two_hundred_checks_stay_folded_and_indexed(outcomes):
    many = [replace(o, test=f"{o.test}{i}") for i in range(34) for o in outcomes.values()]
    page = page_of(many)
    assert len(page.values("data-verdict")) == 204
    assert ("details", "open", "") not in page.attributes
    assert "136 of 204 checks did not pass." in page.text


def test_few_failures_stand_open(page):
    assert sum(name == "open" for _, name, _ in page.attributes) == 4


# Before and after a repair


def repaired(outcome):
    evidence = replace(outcome.evidence, estimate=0.003, interval=Interval(0.001, 0.007, 0.95))
    test = outcome.test.replace("[toxicity-classifier]", "[repaired]")
    return replace(outcome, verdict=Verdict.PASS, evidence=evidence, test=test)


def test_before_and_after_stand_in_one_picture(outcomes):
    before = outcomes["flip_rate"]
    page = page_of([repaired(before)], before=[before])
    assert "before 6.4 % (5.3 to 7.7 %); now 0.30 % (0.10 to 0.70 %); placebo" in page.text
    assert "Before 6.4 % (fail), now 0.30 % (pass)." in page.text
    assert "Checks that did not pass before and pass now: 1 of 1." in page.text


def test_earlier_checks_without_a_counterpart_are_counted(outcomes):
    page = page_of([outcomes["mean_shift"]], before=outcomes.values())
    assert "5 checks of the earlier run have no counterpart in this one." in page.text
    assert "Checks that passed before and still pass: 1 of 1." in page.text


# Escaping

HOSTILE = [
    "<script>alert(1)</script>",
    "</style><img src=x onerror=alert(1)>",
    "\" onmouseover=\"alert(1)' x='",
    "]]>--></svg><svg onload=alert(1)>",
    "{{ 7 * 7 }} {% raw %}",
    "שלום \u202eevil\u202c عربى",
    "王女士 & <她>",
    "javascript:alert(1)",
]


def poisoned(outcome, text):
    """Return `outcome` with `text` wherever it holds words."""
    model = ModelInfo(text, text, text, text, text, text, (text, text + "2"))
    rates = (GroupRate(text, text, 0.5, 3), GroupRate(text + "2", text, 0.25, 3))
    example = Example((text, text + " she"), (text, text), (text, text), ((0.1, 0.9),) * 2, 0.1)
    evidence = replace(
        outcome.evidence, method=text, groups=rates, excluded={text: 1}, notes=(text,)
    )
    return replace(
        outcome,
        metric=text,
        definition=text,
        reason=text,
        evidence=evidence,
        examples=(example,) * 5,
        model=model,
        attribute=text,
        language=text,
        source={text: [text]},
        data_fingerprint=text,
        test=f"tests/test_x.py::{text}",
    )


def skeleton(page):
    """Return the tags of a page but those that mark changed words."""
    return [tag for tag in page.tags if tag != "mark"]


@given(text=st.text(st.characters(exclude_categories=()), min_size=1, max_size=40))
@example(text=HOSTILE[0])
@example(text=HOSTILE[1])
@example(text=HOSTILE[2])
@example(text=HOSTILE[3])
@example(text=HOSTILE[4])
@example(text=HOSTILE[5])
@settings(max_examples=60, deadline=None)
def test_words_of_outcomes_never_become_markup(outcomes, text):
    harmless = page_of([poisoned(outcomes["flip_rate"], "word")], settings={"name": "word"})
    page = page_of([poisoned(outcomes["flip_rate"], text)], settings={"name": text}, title=text)
    assert page.open == []
    assert set(page.tags) <= set(harmless.tags)
    assert page.tags.count("script") == page.tags.count("style") == 1
    assert not [name for _, name, _ in page.attributes if name.startswith("on")]
    assert all(link.startswith("#") for link in page.values("href"))
    shown = visible(text, keep="\n\t")
    assert " ".join(shown.split()) in " ".join("".join(page.words).split())


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_leave_the_structure_as_harmless_words_do(outcomes, text):
    harmless = page_of([poisoned(outcomes["flip_rate"], "word")])
    hostile = page_of([poisoned(outcomes["flip_rate"], text)])
    assert skeleton(hostile) == skeleton(harmless)


def test_direction_overrides_are_shown_instead_of_obeyed(outcomes):
    html = render_html([replace(outcomes["flip_rate"], reason="a\u202eb\x00c")])
    assert "a\\u202eb\\x00c" in html
    assert "\u202e" not in html


def test_half_a_surrogate_pair_can_be_written(outcomes, tmp_path):
    path = write_html(tmp_path / "r.html", [replace(outcomes["flip_rate"], reason="\ud83d!")])
    assert "\\ud83d!" in path.read_text(encoding="utf-8")


def test_numbers_that_are_missing_do_not_break_the_page(outcomes):
    outcome = outcomes["flip_rate"]
    evidence = replace(outcome.evidence, interval=Interval(None, None, 0.95), estimate=None)
    page = page_of([replace(outcome, evidence=evidence, placebo=None, model=None, test=None)])
    assert "This could not be measured." in page.text


# Files


def test_the_page_needs_its_folder(tmp_path):
    with pytest.raises(ArgumentError, match="mkdir -p"):
        write_html(tmp_path / "no" / "r.html", [])


def test_a_missing_jinja2_is_named_with_its_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "jinja2", None)
    message = r"needs jinja2, .* pip install 'pytest-fairness\[report\]'"
    with pytest.raises(MissingPackageError, match=message):
        write_html(tmp_path / "r.html", [])
    assert list(tmp_path.iterdir()) == []


# Contrast: WCAG 2.2, success criteria 1.4.3 (4.5 : 1 for text) and 1.4.11 (3 : 1 for marks)


def palettes():
    css = resources.files("pytest_fairness.reports").joinpath("templates/report.css").read_text()
    blocks = re.findall(r":root \{(.*?)\}", css, re.DOTALL)[:2]
    found = [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block)) for block in blocks]
    return {"light": found[0], "dark": found[1]}


def luminance(colour):
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first, second):
    bright, dim = sorted((luminance(first), luminance(second)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def test_contrast_is_computed_as_in_the_standard():
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_letters_and_marks_stand_out(mode):
    colours = palettes()[mode]
    verdicts = [verdict.value for verdict in Verdict]
    letters = [(ink, on) for ink in ("ink", "muted", "link") for on in ("paper", "card")]
    letters += [(verdict, f"{verdict}-soft") for verdict in verdicts] + [("mark-ink", "mark")]
    marks = [(v, on) for v in [*verdicts, "quiet", "limit"] for on in ("card", "accepted")]
    assert [p for p in letters if contrast(colours[p[0]], colours[p[1]]) < 4.5] == []
    assert [p for p in marks if contrast(colours[p[0]], colours[p[1]]) < 3] == []
