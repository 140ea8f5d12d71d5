"""What a terminal shows: the message of a failed check, and the table at the end of a session."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pytest_fairness.outcome import Comparison, Outcome, Verdict
from pytest_fairness.reports import facts, formats
from pytest_fairness.reports.columns import (
    display_width,
    pad,
    shorten,
    shorten_left,
    table,
    visible,
    wrap,
)
from pytest_fairness.reports.commands import commands, remark
from pytest_fairness.reports.diff import Segment
from pytest_fairness.reports.examples import Answer, answers, worst_example
from pytest_fairness.reports.groups import Quantity, quantities, worst_comparison
from pytest_fairness.reports.summary import summary_table

__all__ = ["failure_message", "summary_table"]

WIDTH = 96
LINES = 25
_LABEL = 14
_HEAD = 44
_MARKS = (("[", "]"), ("«", "»"), ("{", "}"))


def failure_message(outcome: Outcome) -> str:
    """Return what a user sees when a check does not pass: a screen of text, plain and complete.

    At most 25 lines of at most 96 columns; only a command that is longer keeps its length, so that
    it can be copied.
    """
    foot = _commands(outcome)
    least = _fewest_group_lines(outcome) + _fewest_pair_lines(outcome)
    known = _all_facts(outcome)[: LINES - 1 - len(foot) - least]  # notes stand last and go first
    head = [_headline(outcome), *known]
    room = LINES - len(head) - len(foot)
    pair = _pair(outcome, room - _fewest_group_lines(outcome))
    groups = _groups(outcome, room - len(pair))
    return "\n".join([*head, *groups, *pair, *foot])


def _headline(outcome: Outcome) -> str:
    verdict = outcome.verdict.value.upper()
    found = formats.estimate(outcome.evidence, outcome.tolerance)
    name, value = outcome.tolerance.name, outcome.tolerance.value
    limit = formats.limit(outcome.tolerance)
    return f"{verdict} {outcome.metric}: {found}, limit {limit} ({name}={value:g})"


def _all_facts(outcome: Outcome) -> list[str]:
    return [line for label, text, lines in _facts(outcome) for line in _fact(label, text, lines)]


def _facts(outcome: Outcome) -> Iterator[tuple[str, str, int]]:
    """Yield label, text and the lines that it may take; an empty text is not shown."""
    yield "reason", outcome.reason, 6
    yield "model", facts.model(outcome), 1
    what = "benchmark" if facts.is_benchmark(outcome) else "attribute"
    yield what, facts.attribute(outcome), 1
    yield "bounds", facts.bounds(outcome.evidence, outcome), 4
    yield "counted", facts.counted(outcome), 2
    yield "to settle", facts.to_settle(outcome), 2
    if outcome.verdict is Verdict.INCONCLUSIVE:
        yield "sharpness", facts.detectable(outcome), 1
    yield "placebo", facts.placebo(outcome), 2
    yield "decided by", facts.deciding(outcome), 3
    yield facts.worst_label(outcome), facts.worst_groups(outcome), 2
    yield "note", " ".join(outcome.evidence.notes), 2


def _fact(label: str, text: str, lines: int) -> list[str]:
    return _labelled(label, wrap(visible(text), WIDTH - _LABEL, lines=lines)) if text else []


def _labelled(label: str, lines: Sequence[str]) -> list[str]:
    first = [f"  {pad(label, _LABEL - 2)}{lines[0]}"]
    return [*first, *(" " * _LABEL + line for line in lines[1:])]


def _fewest_group_lines(outcome: Outcome) -> int:
    groups = len({rate.group for rate in outcome.evidence.groups})
    return min(groups, 3) + 2 if groups else 0


def _fewest_pair_lines(outcome: Outcome) -> int:
    example = worst_example(outcome)
    return 2 + 2 * len(example.texts) if example else 0


def _groups(outcome: Outcome, room: int) -> list[str]:
    """Return the table of group rates; in little room, only the extremes and how many more."""
    found = quantities(outcome.evidence.groups)
    names = list(dict.fromkeys(rate.group for rate in outcome.evidence.groups))
    if not names:
        return []
    columns = _fitting(found, names, _deciding(outcome))
    absent = [column.name for column in found if column not in columns]
    few = len(names) > room - 2 - bool(absent)
    always = _deciding(outcome)
    shown = _extremes(names, columns, max(2, room - 3), always) if few else names
    lines = _group_table(columns, shown)
    more = _unshown(len(names) - len(shown), absent)
    return ["", *(shorten(f"  {line}", WIDTH) for line in [*lines, *more])]


def _deciding(outcome: Outcome) -> Comparison | None:
    return outcome.evidence.deciding or worst_comparison(outcome)


def _group_table(columns: Sequence[Quantity], names: Sequence[str]) -> list[str]:
    heads = [shorten(visible(formats.words(column.name)), _HEAD) for column in columns]
    rows = [["group", *(cell for head in heads for cell in (head, "n"))]]
    rows += [[shorten(visible(name), 30), *_cells(name, columns)] for name in names]
    return table(rows, right=[False, *([True, True] * len(columns))], gap=3)


def _fitting(
    columns: Sequence[Quantity], names: Sequence[str], deciding: Comparison | None
) -> list[Quantity]:
    """Return the quantities whose columns fit side by side, the one that decides among them.

    The base rates are left out first, then what stands rightmost.
    """
    ranked = sorted(columns, key=lambda c: (not deciding or c.name != deciding.quantity, _last(c)))
    kept = ranked[:1]
    for column in ranked[1:]:
        wider = [c for c in columns if c in kept or c is column]
        if max(map(display_width, _group_table(wider, names))) > WIDTH - 2:
            break
        kept.append(column)
    return [column for column in columns if column in kept]


def _last(column: Quantity) -> bool:
    return formats.words(column.name).startswith("base rate")


def _unshown(groups: int, absent: Sequence[str]) -> list[str]:
    """Say what the table leaves out."""
    parts = [f"{formats.count(groups, 'groups')} between"] if groups else []
    if absent:
        named = ", ".join(visible(formats.words(name)) for name in absent)
        few = len(absent) < 3 and display_width(named) <= WIDTH - 40
        parts.append(f"{named if few else f'{len(absent):,} quantities'} left out")
    return [f"… {'; '.join(parts)}"] if parts else []


def _extremes(
    names: Sequence[str], columns: Sequence[Quantity], keep: int, deciding: Comparison | None
) -> list[str]:
    """Return `keep` groups in their given order: those that decide, then the furthest out."""
    first = [n for n in (deciding.first, deciding.second) if n in names] if deciding else []
    ranked = [
        [r.group for r in sorted(c.rates, key=lambda r: r.value or 0.0) if r.value is not None]
        for c in columns
    ]
    outwards = [
        ends[i]
        for position in range(len(names))
        for ends in ranked
        for i in (position, -1 - position)
        if position < len(ends)
    ]
    chosen = list(dict.fromkeys([*first, *outwards, *names]))[:keep]
    return [name for name in names if name in chosen]


def _cells(name: str, columns: Sequence[Quantity]) -> Iterator[str]:
    for column in columns:
        rate = next((r for r in column.rates if r.group == name), None)
        yield formats.number(rate.value, formats.quantity_unit(column.name)) if rate else ""
        yield formats.count(rate.n) if rate else ""


def _pair(outcome: Outcome, room: int) -> list[str]:
    """Return the worst example: who, what the model said, the text with what differs marked."""
    example = worst_example(outcome)
    if example is None:
        return []
    said = answers(example, outcome.model.labels if outcome.model else ())
    each = max(1, (room - 2) // max(1, len(said)) - 1)
    title = "the pair" if outcome.evidence.n == 1 else "worst pair"
    lines = ["", f"  {title if len(said) == 2 else 'example'}"]
    for answer in said:
        lines += [f"    {_said(answer)}", *_text(answer, min(3, each))]
    return lines


def _said(answer: Answer) -> str:
    score = formats.number(answer.score, formats.Unit.SCORE) if answer.score is not None else ""
    scored = f"{answer.scored} {score}".strip() if score else ""
    label = answer.label + formats.in_brackets(scored) if answer.label else scored
    parts = [part for part in (answer.group, label) if part]
    return shorten(visible(" -> ".join(parts)), WIDTH - 4)


def _text(answer: Answer, lines: int) -> list[str]:
    columns = WIDTH - 6
    pieces = _marked(answer.segments)
    text = "".join(pieces)
    if display_width(text) > lines * columns or len(wrap(text, columns)) > lines:
        # a line ends up to a word early: leave room for that
        text = _crop(pieces, answer.segments, budget=lines * (columns - 12))
    return [f"      {line}" for line in wrap(text, columns, lines=lines)]


def _marked(segments: Sequence[Segment]) -> list[str]:
    """Put what differs between marks that the text does not hold already."""
    pieces = [visible(segment.text) for segment in segments]
    held = set("".join(pieces))
    opening, closing = next((m for m in _MARKS if not held & set(m)), _MARKS[0])
    return [
        f"{opening}{piece}{closing}" if segment.changed else piece
        for piece, segment in zip(pieces, segments, strict=True)
    ]


def _crop(pieces: Sequence[str], segments: Sequence[Segment], budget: int) -> str:
    """Keep what differs, and as much around it as fits into `budget` columns."""
    plain = [piece for piece, s in zip(pieces, segments, strict=True) if not s.changed]
    changed = sum(map(display_width, pieces)) - sum(map(display_width, plain))
    context = max(8, (budget - changed) // max(1, len(plain)))
    last = len(pieces) - 1
    return "".join(
        piece if s.changed else _around(piece, context, first=i == 0, last=i == last)
        for i, (piece, s) in enumerate(zip(pieces, segments, strict=True))
    )


def _around(text: str, columns: int, *, first: bool, last: bool) -> str:
    """Keep the part of an unchanged piece that stands next to a change."""
    if display_width(text) <= columns:
        return text
    if first and not last:
        return shorten_left(text, columns)
    if last:
        return shorten(text, columns)
    half = columns // 2
    return f"{shorten(text, half)} {shorten_left(text, half - 1)}"


def _commands(outcome: Outcome) -> list[str]:
    lines = [f"  {pad(label, _LABEL - 2)}{command}" for label, command in commands(outcome)]
    if said := remark(outcome):
        lines.insert(1, f"{' ' * _LABEL}({said})")
    return ["", *lines] if lines else []
