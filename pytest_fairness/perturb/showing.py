"""A listing of variants as text, JSON or CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from pytest_fairness.perturb.listing import Listing, Variant

FORMATS = ("text", "json", "csv")
_COLOURS = {"valid": "\x1b[32m", "ambiguous": "\x1b[33m", "not label-preserving": "\x1b[33m"}
_BOLD, _PLAIN = "\x1b[1m", "\x1b[0m"
_COLUMNS = ("line", "text", "attribute", "from", "to", "status", "reason", "variant")


def show(listing: Listing, form: str, *, colour: bool = False) -> str:
    """Return a listing in one of the `FORMATS`; only text has colours, and only if wanted."""
    if form == "json":
        return _json(listing)
    return _csv(listing) if form == "csv" else "\n".join(_text(listing, colour))


def marked(text: str, spans: Sequence[tuple[int, int]], *, colour: bool = False) -> str:
    """Return `text` with brackets around the spans.

    Examples
    --------
    >>> marked("He left.", [(0, 2)])
    '[He] left.'
    """
    opening, closing = (f"{_BOLD}[", f"]{_PLAIN}") if colour else ("[", "]")
    pieces, position = [], 0
    for start, end in spans:
        pieces += [text[position:start], opening, text[start:end], closing]
        position = end
    return "".join([*pieces, text[position:]])


def _text(listing: Listing, colour: bool) -> Iterator[str]:
    for (line, source), variants in groupby(listing.variants, lambda v: (v.line, v.source)):
        yield f"line {line}: {source}" if line else source
        for variant in variants:
            yield from _lines_of(variant, colour)
        yield ""
    yield from (f"note: {note}" for note in listing.notes)
    yield summary(listing)


def _lines_of(variant: Variant, colour: bool) -> Iterator[str]:
    tint, plain = (_COLOURS.get(variant.status, ""), _PLAIN) if colour else ("", "")
    groups = " -> ".join(variant.groups) if any(variant.groups) else ""
    head = f"  {tint}{variant.status}{plain}" + (f"  {groups}" if groups else "")
    yield f"{head}: {variant.reason}" if variant.reason else head
    if variant.source != variant.original:
        yield f"    {marked(variant.original, variant.before, colour=colour)}"
    if variant.original != variant.variant:
        yield f"    {marked(variant.variant, variant.after, colour=colour)}"


def summary(listing: Listing) -> str:
    """Return how many variants there are by status, and how many of them are listed.

    Examples
    --------
    >>> summary(Listing("gender", "en", (), {"valid": 2, "ambiguous": 1}, 2))
    '2 sources, 3 variants for gender (en): 2 valid, 1 ambiguous. 0 listed.'
    """
    total = sum(listing.counts.values())
    counts = ", ".join(f"{n:,} {status}" for status, n in listing.counts.items()) or "none"
    shown = len(listing.variants)
    listed = f" {shown:,} listed." if shown < total else ""
    return (
        f"{_counted(listing.sources, 'source')}, {_counted(total, 'variant')} for "
        f"{listing.attribute} ({listing.language}): {counts}.{listed}"
    )


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("s" if number != 1 else "")


def _json(listing: Listing) -> str:
    content = {
        "attribute": listing.attribute,
        "language": listing.language,
        "counts": dict(listing.counts),
        "notes": list(listing.notes),
        "variants": [_record(variant) for variant in listing.variants],
    }
    return json.dumps(content, ensure_ascii=False, indent=2)


def _record(variant: Variant) -> dict[str, Any]:
    return {
        "line": variant.line or None,
        "source": variant.source,
        "text": variant.original,
        "variant": variant.variant,
        "status": variant.status,
        "reason": variant.reason,
        "groups": list(variant.groups),
        "changes": _changes(variant),
    }


def _changes(variant: Variant) -> Mapping[str, Sequence[str]]:
    return {
        "before": [variant.original[a:b] for a, b in variant.before],
        "after": [variant.variant[a:b] for a, b in variant.after],
    }


def _csv(listing: Listing) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for v in listing.variants:
        line, said = v.line or "", listing.attribute
        writer.writerow([line, v.original, said, *v.groups, v.status, v.reason, v.variant])
    return buffer.getvalue().rstrip("\n")
