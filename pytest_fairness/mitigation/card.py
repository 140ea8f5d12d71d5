"""What a repaired model's card says of the repair."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_fairness.mitigation.classes import ClassReport, warnings_of
from pytest_fairness.mitigation.heldout import held_out, learnt_templates
from pytest_fairness.mitigation.retention import retained_parts
from pytest_fairness.outcome import Outcome
from pytest_fairness.reports.pairing import match_before

if TYPE_CHECKING:
    from pytest_fairness.mitigation.result import MitigationResult

CARD = "README.md"
_HEADING = "## Fairness"
_ANY_HEADING, _FENCE = re.compile(r"##?[ \t]"), re.compile(r" {0,3}(`{3,}|~{3,})(.*)")
_MADE_BY_US = "This model was repaired with pytest-fairness by"
_MOST_TERMS = 20  # in a sentence
_MEANS = {
    "thresholds": "a threshold for each group",
    "last_layer": "a new last layer",
    "averaging": "answers averaged over a text and its counterfactual variants",
    "erasure": "erasing the direction that tells groups apart",
    "head": "training of the head alone",
    "full": "fine-tuning of its weights",
    "lora": "low-rank adapters, merged into its weights",
    "ia3": "(IA)³ adapters, merged into its weights",
    "prefix": "a prefix that its layers read",
    "prompt": "a soft prompt in front of each text",
}


def write_card(
    result: MitigationResult,
    source: Path,
    target: Path,
    command: str | None,
    shared_terms: Sequence[str] = (),
) -> None:
    """Write the card of the model at `target`: the one at `source`, and a section on the repair.

    Sections of earlier repairs give way. `shared_terms` stand in all parts, and were learnt from
    too.
    """
    old = source / CARD
    parts = list(_parts(_text_of(old) if old.is_file() else f"# {target.name}\n"))
    earlier = [i for i, part in enumerate(parts) if _is_ours(part)]
    place = earlier[0] if earlier else len(parts)
    before = "".join(parts[:place]).rstrip()
    after = "".join(part for part in parts[place:] if not _is_ours(part))
    section = "\n".join(_section(result, source, command, shared_terms))
    content = f"{before}\n\n{_HEADING}\n\n{section}\n"
    content += f"\n{after}" if after else ""
    (target / CARD).write_text(content.lstrip("\n"), encoding="utf-8")


def _text_of(path: Path) -> str:
    """Return a text in whatever encoding it says, or else in UTF-8 as far as it is that."""
    content = path.read_bytes()
    is_wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    text = content.decode("utf-16" if is_wide else "utf-8-sig", errors="replace")
    return text.replace("\r\n", "\n")


def _parts(text: str) -> Iterator[str]:
    """Yield what lies between headings of the first two levels; what is fenced is code."""
    part, fence = "", ""
    for line in text.splitlines(keepends=True):
        mark = _FENCE.match(line)
        if fence:
            if mark and mark[1].startswith(fence) and not mark[2].strip():
                fence = ""
        elif mark:
            fence = mark[1]
        elif _ANY_HEADING.match(line):
            yield part
            part = ""
        part += line
    yield part


def _is_ours(part: str) -> bool:
    return part.startswith(_HEADING) and _MADE_BY_US in part


def _section(
    result: MitigationResult, source: Path, command: str | None, shared_terms: Sequence[str]
) -> Iterator[str]:
    last = result.judged
    if last is not None and last.loading:
        yield f"**{last.loading}**\n"
    yield (
        f"{_MADE_BY_US} {_MEANS[str(result.method)]} "
        f"(`{result.method}`){_origin(source, result)}. {_failed(result)} After the repair all "
        f"pass, on {held_out(result.after)} that it did not learn from"
        f"{', but for the terms named below' if shared_terms else ''}:"
    )
    yield ""
    yield "| check | limit | before | after | bounds after | pairs |"
    yield "| --- | --- | --- | --- | --- | --- |"
    yield from _rows(result)
    yield ""
    if learnt := learnt_templates(result.after):
        yield f"{learnt}\n"
    if shared_terms:
        yield f"{_shared(shared_terms)}\n"
    if result.utility is not None:
        where = "On held-out rows" if "accuracy" in result.utility.name else "On held-out texts"
        yield f"{where}, {result.utility}."
    if last is not None:
        yield from (
            f"{s.name[0].upper()}{s.name[1:]} went from {s.before:.4f} to {s.after:.4f}."
            for s in last.skills
        )
        for one in last.retained:
            parts = retained_parts(one).items()
            yield from (f"{name}: from {u.before:.3f} to {u.after:.3f}." for name, u in parts)
        yield from _classes(last.classes)
        yield from warnings_of(last.classes)
        yield from (
            f"Pairs of {s.attribute}, which no failing check is about, shifted by {s.before:.3f} "
            f"on average before and by {s.after:.3f} after (n={s.n:,})."
            for s in last.side_effects
        )
    yield ""
    yield (
        "This holds for the attributes, languages and kinds of text that were checked, and for no "
        "others. Check the model again where you use it, and after every change. All outcomes, the "
        "settings and what was tried are in `mitigation.json`."
    )
    if command:
        yield f"\nMade by {_code(command)}. To make it again, let it write to another folder."


def _origin(source: Path, result: MitigationResult) -> str:
    """Say which model it was, as the checks before the repair name it."""
    known = next((o.model for o in result.before if o.model is not None), None)
    fingerprint = f", fingerprint {known.fingerprint[:12]}" if known is not None else ""
    return f" from {_code(str(source))}{fingerprint}"


def _code(text: str) -> str:
    """Return a text as Markdown shows it letter by letter."""
    ticks = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{ticks} {text} {ticks}" if ticks[1:] else f"`{text}`"


def _failed(result: MitigationResult) -> str:
    """Say how many of the checks in the table failed before, on the same material."""
    n, open_ones = len(result.before), sum(not outcome.passed for outcome in result.before)
    if open_ones == n:
        return "The checks below did not pass before."
    return f"Of the {n} checks below, {open_ones} did not pass before."


def _shared(terms: Sequence[str]) -> str:
    """Name terms that could not be held out: too few stand in for one another."""
    more = len(terms) - _MOST_TERMS
    named = ", ".join(terms[:_MOST_TERMS]) + (f" and {more:,} more" if more > 0 else "")
    return (
        f"Of the terms, these stand in what it learnt from as well, as there are too few like them "
        f"to hold some out: {named}. For them the check shows other templates or texts, and no new "
        "terms."
    )


def _classes(classes: Sequence[ClassReport]) -> Iterator[str]:
    """Yield a table with one line for each class; nothing where rows have no labels."""
    if not classes:
        return
    yield from ("", "| class | rows | precision | recall | F1 |", "| --- | --- | --- | --- | --- |")
    for one in classes:
        pairs = [
            f"{_share(getattr(one.before, name))} → {_share(getattr(one.after, name))}"
            for name in ("precision", "recall", "f1")
        ]
        yield f"| {_cell(one.label)} | {one.n:,} | {' | '.join(pairs)} |"
    yield ""


def _share(value: float | None) -> str:
    return "none" if value is None else f"{value:.3f}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _rows(result: MitigationResult) -> Iterator[str]:
    earlier: Sequence[Outcome | None] = match_before(result.after, result.before)[0]
    for old, new in zip(earlier, result.after, strict=True):
        interval = new.evidence.interval
        bounds = "none" if interval is None else f"{interval.low:.4f} to {interval.high:.4f}"
        name = f"{new.metric} ({new.attribute})" if new.attribute else new.metric
        yield (
            f"| {name} | {new.tolerance.name}={new.tolerance.value:g} | {_estimate(old)} | "
            f"{_estimate(new)} | {bounds} | {new.evidence.n:,} |"
        )


def _estimate(outcome: Outcome | None) -> str:
    if outcome is None or outcome.evidence.estimate is None:
        return "none"
    return f"{outcome.evidence.estimate:.4f}"
