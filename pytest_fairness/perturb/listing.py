"""Every variant of some texts, with its status: what to look at before trusting a perturbation."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from pytest_fairness.attributes import Combination, Varied
from pytest_fairness.errors import ArgumentError
from pytest_fairness.perturb.changes import AMBIGUOUS, UNCHANGED, VALID, Change, Swap
from pytest_fairness.perturb.checks import notes_of_texts
from pytest_fairness.perturb.combined import read_text
from pytest_fairness.perturb.files import load_templates
from pytest_fairness.perturb.pair import Pair
from pytest_fairness.perturb.reading import Reading
from pytest_fairness.perturb.rows import COLUMNS, read_rows, suffixes, value_of
from pytest_fairness.perturb.space import Space
from pytest_fairness.perturb.swap import as_attribute

STATUSES = (VALID, UNCHANGED, AMBIGUOUS, "not label-preserving")
_SLOT = re.compile(r"(?<!\{)\{[^\W\d][^{}\n]{0,60}\}(?!\})")
_LOOKED_THROUGH = 5000
_TOKEN = re.compile(r"[A-Za-zÀ-ɏ0-9'’-]+|.", re.DOTALL)


class Text(NamedTuple):
    """A text to vary, and the line of the file on which it stands; 0 without a file."""

    text: str
    line: int = 0


class Variant(NamedTuple):
    """One variant of a text: its status, why it has it, and where the words changed in both."""

    source: str
    line: int
    original: str
    variant: str
    status: str
    reason: str
    groups: tuple[str, str]
    before: tuple[tuple[int, int], ...]
    after: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Listing:
    """Variants with their counts.

    Attributes
    ----------
    attribute, language : str
    variants : tuple of Variant
        Those that were asked for.
    counts : mapping of str to int
        How many there are of each status, listed or not.
    sources : int
        How many texts and templates they come from.
    notes : tuple of str
        What a reader should know beside.
    """

    attribute: str
    language: str
    variants: tuple[Variant, ...]
    counts: Mapping[str, int]
    sources: int
    notes: tuple[str, ...] = ()


def resolve_attribute(named: str, language: str) -> Varied:
    """Return the attribute of an option: a name, or several with commas between them."""
    names = [name.strip() for name in named.split(",")]
    return as_attribute(" + ".join(names), language)


def read_texts(source: str, column: str | None, stdin: Iterable[str]) -> list[Text]:
    """Return the texts of an argument: of a file, of ``-`` for the standard input, or itself.

    Raises
    ------
    ArgumentError
        If the file cannot be read, or nothing is given.
    """
    if source == "-":
        found = [Text(line.strip(), n) for n, line in enumerate(stdin, 1) if line.strip()]
    elif _is_file(source):
        path = Path(source)
        columns = (column,) if column else COLUMNS
        found = [Text(value_of(path, row, columns), row.line) for row in read_rows(path).rows]
    else:
        found = [Text(source)] if source.strip() else []
    if not found:
        raise ArgumentError("There is no text. Give one, a file, or - and texts on stdin.")
    return found


def _is_file(source: str) -> bool:
    if len(source) > 1000 or "\n" in source:
        return False
    return Path(source).is_file() or (source.endswith(suffixes()) and " " not in source)


def file_slots(source: str, column: str | None) -> Mapping[str, Sequence[str]]:
    """Return the slot values that a file of templates brings along."""
    structured = source.endswith((".yaml", ".yml", ".jsonl", ".csv"))
    return load_templates(source, column=column).slots if structured and _is_file(source) else {}


def list_variants(
    texts: Sequence[Text],
    attribute: Varied,
    *,
    to: str | None = None,
    statuses: Sequence[str] = (),
    limit: int | None = None,
    slots: Mapping[str, Sequence[str]] | None = None,
) -> Listing:
    """Return every variant of some texts, and pairs of those that are templates.

    Parameters
    ----------
    texts : sequence of Text
        Texts with ``{slots}`` are templates: some of their pairs are listed, all are counted.
    attribute : Attribute
        What `resolve_attribute` returned.
    to : str, optional
        Only variants that speak of this group.
    statuses : sequence of str
        Only variants of these statuses; by default all.
    limit : int, optional
        How many variants are listed at most; by default all of texts, and 20 pairs of templates.
    slots : mapping of str to lists of str, optional
        Values of slots.

    Raises
    ------
    ArgumentError
        If a group or a status does not exist, or a template cannot be read.

    Examples
    --------
    >>> found = list_variants([Text("He left.")], resolve_attribute("gender", "en"))
    >>> [(v.variant, v.status) for v in found.variants], dict(found.counts)
    ([('She left.', 'valid')], {'valid': 1})
    """
    _check_choices(attribute, to, statuses)
    templates = [text for text in texts if _SLOT.search(text.text)]
    plain = [text for text in texts if text not in templates]
    found = [v for text in plain for v in _variants(text, attribute) if _goes(v.groups, to)]
    counts = Counter(variant.status for variant in found)
    listed = [v for v in found if not statuses or v.status in statuses]
    notes = notes_of_texts(attribute) if plain else ()
    if templates:
        space = Space.build(
            [t.text for t in templates], vary=attribute, slots=_used(templates, slots)
        )
        counts[VALID] += sum(n for groups, n in space.sizes.items() if to is None or to in groups)
        notes = (*notes, *(f"{n} {what}" for what, n in space.excluded.items()), *space.notes)
        if not statuses or VALID in statuses:
            listed += _some_pairs(space, templates, to, 20 if limit is None else limit)
    return Listing(
        attribute.name,
        attribute.language,
        tuple(listed if limit is None else listed[:limit]),
        {status: n for status, n in counts.items() if n},
        len(texts),
        notes,
    )


def _check_choices(attribute: Varied, to: str | None, statuses: Sequence[str]) -> None:
    if to is not None and to not in attribute.groups:
        raise ArgumentError(
            f"--to {to!r} is no group of {attribute.name!r}; its groups are "
            f"{', '.join(attribute.groups)}."
        )
    unknown = [status for status in statuses if status not in STATUSES]
    if unknown:
        raise ArgumentError(
            f"--status {unknown[0]!r} is no status; they are {', '.join(STATUSES)}."
        )


def _used(
    templates: Sequence[Text], slots: Mapping[str, Sequence[str]] | None
) -> dict[str, Sequence[str]]:
    """Return the slots that a template uses: a file may bring more for its other templates."""
    written = {name for t in templates for name in re.findall(r"\{([^{}]*)\}", t.text)}
    lowered = {name[:1].lower() + name[1:] for name in written}
    return {name: values for name, values in (slots or {}).items() if name in written | lowered}


def _goes(groups: tuple[str, str], to: str | None) -> bool:
    """Return whether a variant speaks of a group; one that was left out speaks of none."""
    return to is None or groups[1] in ("", to)


def _variants(text: Text, attribute: Varied) -> Iterator[Variant]:
    for groups, swap in dict.fromkeys(_swaps(text.text, attribute)):
        before = tuple((change.start, change.end) for change in swap.changes)
        after = tuple(_shifted(swap.changes))
        spans = (before, after)
        said = (text.text, text.line, text.text, swap.text)
        yield Variant(*said, swap.status, swap.reason, groups, *spans)


def _swaps(text: str, attribute: Varied) -> list[tuple[tuple[str, str], Swap]]:
    """Return every swap of a text with its groups, or the one that says why there is none."""
    if isinstance(attribute, Combination):
        read = read_text(text, attribute)
        return [(swap.groups, swap) for swap in read.variants() or (read.why_none(),)]
    reading, names = Reading(text, attribute), attribute.groups
    wanted = [(g, h) for g in reading.mentioned for h in range(len(names)) if g != h]
    once = {frozenset(two): two for two in reversed(wanted)}
    if not once:
        return [(("", ""), reading.exchange(0, 1))]
    return [((names[g], names[h]), reading.exchange(g, h)) for g, h in reversed(once.values())]


def _shifted(changes: Sequence[Change]) -> Iterator[tuple[int, int]]:
    """Yield where the new words stand in the variant."""
    shift = 0
    for change in changes:
        start = change.start + shift
        yield start, start + len(change.after)
        shift += len(change.after) - (change.end - change.start)


def _some_pairs(
    space: Space, templates: Sequence[Text], to: str | None, limit: int
) -> list[Variant]:
    """Return some pairs of templates, the same in every run."""
    lines = {template.text: template.line for template in templates}
    drawn = space.sample(limit if to is None else _LOOKED_THROUGH, seed=0)
    pairs = [pair for pair in drawn if to is None or to in pair.groups][:limit]
    return [_of_pair(pair, to, lines[pair.source]) for pair in pairs]


def _of_pair(pair: Pair, to: str | None, line: int) -> Variant:
    sides = [(pair.original, pair.groups[0]), (pair.variant, pair.groups[1])]
    if to == pair.groups[0]:
        sides.reverse()
    (original, first), (variant, second) = sides
    before, after = differences(original, variant)
    groups = (first, second)
    return Variant(pair.source, line, original, variant, VALID, "", groups, before, after)


def differences(
    original: str, variant: str
) -> tuple[tuple[tuple[int, int], ...], tuple[tuple[int, int], ...]]:
    """Return where two texts differ, word by word.

    Examples
    --------
    >>> differences("She left.", "They left.")
    (((0, 3),), ((0, 4),))
    """
    import difflib

    sides = [list(_TOKEN.finditer(text)) for text in (original, variant)]
    words = [[token.group() for token in side] for side in sides]
    matcher = difflib.SequenceMatcher(None, words[0], words[1], autojunk=False)
    found: tuple[list[tuple[int, int]], list[tuple[int, int]]] = ([], [])
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag != "equal":
            for spans, tokens, start, end in (
                (found[0], sides[0], a, b),
                (found[1], sides[1], c, d),
            ):
                if end > start:
                    spans.append((tokens[start].start(), tokens[end - 1].end()))
    return tuple(found[0]), tuple(found[1])
