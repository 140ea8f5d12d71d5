"""Numbers in digits to words and back, from 0 to 999,999, with ordinals.

Dates, years, clock times, telephone numbers, versions, decimals, percentages, money and numbers
that belong to a name are left alone; so are words that are more than numbers: "one", "second".
"""

from __future__ import annotations

import re

from pytest_fairness.perturb.english_context import starts_sentence
from pytest_fairness.perturb.surface.numerals import (
    cardinals,
    in_words,
    ordinal_in_words,
    suffix_of,
    value_of,
    values,
)
from pytest_fairness.perturb.surface.perturbation import Found, Kind, Site
from pytest_fairness.perturb.surface.spelling import may_be_name
from pytest_fairness.perturb.surface.tables import words_of

_DIGITS = re.compile(
    r"(?:^|(?<=[\s(\"'“‘]))(?P<number>\d{1,3}(?:,\d{3})|\d{1,6})(?P<th>st|nd|rd|th)?"
    r"(?=[\s)\"'”’]|[.,;:!?](?:[\s)\"'”’]|$)|$)"
)
_MONTHS = words_of(
    "jan feb mar apr may jun jul aug sep sept oct nov dec january february march april june "
    "july august september october november december"
)
_LABELS = frozenset(
    words_of(
        "version release no nr number flight bus room route line section page phone call dial pin "
        "code zip id model line highway interstate lot unit apt suite pp fig ver v"
    )
)
_AFTER = frozenset(
    words_of("am pm bc ad bce ce usd eur gbp dollars euros pounds cents percent o'clock")
)
_BEFORE_WORD = re.compile(r"([^\W\d_]+)\.?\s+$")
_AFTER_WORD = re.compile(r"\s+([^\W\d_]+(?:['’][^\W\d_]+)?)")
_BEFORE_NUMBER = re.compile(r"\d[\d.,:/)-]*\s+$|[$€£¥+#]\s*$")
_AFTER_NUMBER = re.compile(r",?\s+[(+]?\d")
_SINGLE = frozenset(words_of("one first second third"))
_PLAIN = "|".join(sorted(values(), key=len, reverse=True))
_ORDINAL = "|".join(sorted(cardinals(), key=len, reverse=True))
_ONE_WORD = rf"(?:{_PLAIN}|{_ORDINAL}|hundred|thousand)"
_JOINT = r"(?:-| |(?<=hundred) and |(?<=thousand) and )"
_WORDS = re.compile(rf"(?<![\w'’-]){_ONE_WORD}(?:{_JOINT}{_ONE_WORD})*(?![\w'’])", re.IGNORECASE)
_FRACTION = re.compile(r"\b(?:a|an|one|two|three|four|five|six|seven|eight|nine|half)[ -]$", re.I)


def _to_words(text: str) -> Found:
    sites, doubts = [], []
    for match in _DIGITS.finditer(text):
        reason = _no_plain_number(text, match)
        if reason:
            doubts.append(f"'{match.group()}' {reason}")
        else:
            sites.append(Site(*match.span(), (_written_out(text, match),)))
    return Found(sites, tuple(doubts))


def _written_out(text: str, match: re.Match[str]) -> str:
    number = int(match.group("number").replace(",", ""))
    words = ordinal_in_words(number) if match.group("th") else in_words(number)
    return words[0].upper() + words[1:] if starts_sentence(text, match.start()) else words


def _no_plain_number(text: str, match: re.Match[str]) -> str | None:
    """Say what a number may be other than a count, or None."""
    digits, th = match.group("number"), match.group("th")
    before = _word(_BEFORE_WORD.search(text, max(0, match.start() - 40), match.start()))
    after = _word(_AFTER_WORD.match(text, match.end())).lower()
    if before.lower() in _MONTHS or after in _MONTHS or (after == "of" and th):
        return "may be part of a date"
    if len(digits) == 4 and digits.isdigit() and 1000 <= int(digits) <= 2199:
        return "may be a year"
    if len(digits) > 1 and digits[0] == "0":
        return "may be a code"
    if after in _AFTER or before.lower() in _LABELS:
        return "may be a time, an amount or a code"
    if _BEFORE_NUMBER.search(text, 0, match.start()) or _number_follows(text, match):
        return "may be part of a longer number"
    if th and (int(digits.replace(",", "")) == 0 or th != suffix_of(int(digits.replace(",", "")))):
        return "is no ordinal"
    if before[:1].isupper() and _is_name(text, match, before):
        return "may be part of a name"
    return None


def _number_follows(text: str, match: re.Match[str]) -> bool:
    return not match.group("th") and bool(_AFTER_NUMBER.match(text, match.end()))


def _is_name(text: str, match: re.Match[str], before: str) -> bool:
    start = text.rfind(before, 0, match.start())
    return before != "I" and (not starts_sentence(text, start) or before.isupper())


def _word(match: re.Match[str] | None) -> str:
    return match.group(1) if match else ""


def _to_digits(text: str) -> Found:
    sites, doubts = [], []
    for match in _WORDS.finditer(text):
        digits = _digits_of(text, match)
        if digits is None:
            doubts.append(f"'{match.group()}' may be no plain number")
        else:
            sites.append(Site(*match.span(), (digits,)))
    return Found(sites, tuple(doubts))


def _digits_of(text: str, match: re.Match[str]) -> str | None:
    written = match.group()
    words = re.split(r"[ -]", written.lower())
    ordinal = words[-1] in cardinals() and words[-1] not in values()
    if written.lower() in _SINGLE or may_be_name(text, match.start(), written):
        return None
    if words[0] in ("hundred", "thousand", *_thousandths()) or _has_neighbour(text, match):
        return None
    if ordinal and (_FRACTION.search(text, 0, match.start()) or _of_follows(text, match)):
        return None
    plain = [*words[:-1], cardinals()[words[-1]]] if ordinal else words
    number = None if any(w in cardinals() for w in plain) else value_of(plain)
    if number is None:
        return None
    return f"{number}{suffix_of(number)}" if ordinal else _grouped(number)


def _grouped(number: int) -> str:
    return f"{number:,}" if number >= 1000 else str(number)


def _thousandths() -> tuple[str, str]:
    return "hundredth", "thousandth"


def _of_follows(text: str, match: re.Match[str]) -> bool:
    return _word(_AFTER_WORD.match(text, match.end())).lower() == "of"


def _has_neighbour(text: str, match: re.Match[str]) -> bool:
    """Whether "point" or digits stand beside a number, so that it is part of another one."""
    before = text[max(0, match.start() - 12) : match.start()].lower().rstrip(" -")
    after = text[match.end() : match.end() + 12].lower().lstrip(" -")
    beside = before.endswith("point") or after.startswith(("point", "o'clock", "o’clock"))
    return beside or before[-1:].isdigit() or after[:1].isdigit()


KINDS = (
    Kind("number_words", "en", _to_words, "no number in digits"),
    Kind("number_figures", "en", _to_digits, "no number in words"),
)
