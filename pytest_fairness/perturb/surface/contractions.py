"""English contractions, both ways: "I am" and "I'm", "do not" and "don't".

Left alone are "'s" and "'d", which stand for two words each, "ain't", negative questions (where the
long form changes the order of words), and long forms that are not spoken as one: at the end of a
clause, or after a pronoun that belongs to another word ("people like you are").
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pytest_fairness.perturb.surface.perturbation import Found, Kind, Site
from pytest_fairness.perturb.surface.tables import words_of

_AUXILIARIES = words_of(
    "is are was were do does did have has had could would should must need might ca wo sha"
)
_SHORT = re.compile(
    r"(?<![\w'’])(?P<host>\w+?)(?P<tail>(?<=[^\W\d_])n['’]t|['’](?:m|re|ve|ll|s|d))(?![\w'’])",
    re.IGNORECASE,
)
_TAILS = {
    "m": (" am", {"i"}),
    "re": (" are", {"we", "you", "they"}),
    "ve": (" have", {"i", "we", "you", "they", "could", "would", "should", "must", "might"}),
    "ll": (" will", {"i", "we", "you", "he", "she", "it", "they", "that", "there"}),
}
_SUBJECTS = words_of("i you he she it we they")
_LONG = re.compile(
    rf"(?<![\w'’])(?P<host>{'|'.join(_SUBJECTS)})(?P<tail> (?:am|are|is|will|have))(?= (\w+)( ?))",
    re.IGNORECASE,
)
_SHORTENED = {
    ("i", "am"): "'m",
    **dict.fromkeys([(s, "are") for s in ("we", "you", "they")], "'re"),
    **dict.fromkeys([(s, "is") for s in ("he", "she", "it")], "'s"),
    **dict.fromkeys([(s, "will") for s in _SUBJECTS], "'ll"),
    **dict.fromkeys([(s, "have") for s in ("i", "we", "you", "they")], "'ve"),
}
_PARTICIPLES = frozenset(
    words_of("been had done gone seen made come become taken given known found")
)
_ENDS_CLAUSE = frozenset(words_of("and or but nor because then not than if when"))
_COMPARED = re.compile(
    r"\b(?:than|as|what|who|where|how|which|wherever|whatever|like|of|to|for|with|from|by|about|on|in"
    r"|at|around|behind|between|among)\s+$",
    re.IGNORECASE,
)
_NOT = re.compile(
    rf"(?<![\w'’])(?P<host>{'|'.join(_AUXILIARIES[:-4])}|can|will)(?P<tail> not)"
    r"(?!\w|['’-]\w| only\b)|(?<![\w'’])(?P<cannot>cannot)(?!\w| but\b)",
    re.IGNORECASE,
)
_QUESTION = re.compile(r"(?:^|[.!?,;:\n\"“(]\s*|\b(?:why|how|where|when)\s+)$", re.IGNORECASE)
_AFTER_DONT = re.compile(r"\s+(?:i|you|we|they|he|she|it|these|those|people)\b", re.IGNORECASE)


def _expansions(text: str) -> Found:
    sites, doubts = [], []
    for match in _SHORT.finditer(text):
        long = _expanded(text, match)
        if long is None:
            doubts.append(f"'{match.group()}' can stand for more than one long form")
        else:
            sites.append(Site(match.start() + long[0], match.end(), (long[1],)))
    return Found(sites, tuple(doubts))


def _expanded(text: str, match: re.Match[str]) -> tuple[int, str] | None:
    """Return where the new letters start in a contraction, and what they are."""
    host, tail = match.group("host"), match.group("tail")
    if tail[-1:] in "tT" and len(tail) == 3:
        return None if _asks(text, match) else _negated(host, tail)
    if host.lower() == "let" and tail[1:].lower() == "s":
        return len(host), _like(tail, " us")
    long, hosts = _TAILS.get(tail[1:].lower(), ("", set()))
    return (len(host), _like(tail, long)) if host.lower() in hosts else None


def _negated(host: str, tail: str) -> tuple[int, str] | None:
    special = {"ca": (2, "nnot"), "wo": (1, "ill not"), "sha": (3, "ll not")}
    lowered = host.lower()
    if lowered not in _AUXILIARIES:
        return None
    start, long = special.get(lowered, (len(host), " not"))
    return start, _like(tail, long)


def _asks(text: str, match: re.Match[str]) -> bool:
    """Whether a negative form opens a question, where "not" would stand elsewhere."""
    if not _QUESTION.search(text, 0, match.start()):
        return False
    opens = match.group("host").lower() == "do" and not _AFTER_DONT.match(text, match.end())
    return not opens  # "Don't go." is no question, nor is "Do not go."


def _like(written: str, word: str) -> str:
    return word.upper() if len(written) > 1 and written.isupper() else word


def _contractions(text: str) -> Found:
    found = [*_negations(text), *_tails(text)]
    return Found(sorted(found))


def _negations(text: str) -> Iterator[Site]:
    for match in _NOT.finditer(text):
        if match.group("cannot"):
            yield Site(match.start() + 3, match.end(), (_like(match.group()[3:], "'t"),))
            continue
        host, tail = match.group("host"), match.group("tail")
        if host.isupper() != tail.isupper() or _asks(text, match):
            continue
        start, short = match.end("host"), "n't"
        if host.lower() in ("can", "will"):
            start, short = (start - 3, "on't") if host.lower() == "will" else (start, "'t")
        yield Site(start, match.end(), (_like(tail, short),))


def _closes(host: str, after: str, space: str) -> bool:
    """Whether a verb ends its clause, as in "I am and", "we are too."."""
    if host == "i" and after == "not":
        return False
    return after in _ENDS_CLAUSE or (not space and after in ("too", "either", "though"))


def _tails(text: str) -> Iterator[Site]:
    for match in _LONG.finditer(text):
        host, verb, after = match.group("host").lower(), match.group("tail")[1:], match.group(3)
        short = _SHORTENED.get((host, verb.lower()))
        if short is None or _COMPARED.search(text, 0, match.start()):
            continue
        if _closes(host, after.lower(), match.group(4)) or (
            verb.lower() == "have" and after.lower() not in _PARTICIPLES
        ):
            continue
        yield Site(match.end("host"), match.end("tail"), (_like(verb, short),))


KINDS = (
    Kind("expand", "en", _expansions, "no contraction"),
    Kind("contract", "en", _contractions, "no two words that contract"),
)
