"""Which verb goes with a pronoun in a sentence, and what becomes of it: she is, they are."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pytest_fairness.perturb.changes import Change
from pytest_fairness.perturb.english_words import as_words
from pytest_fairness.perturb.verbs import agree, is_singular

_ADVERB = (
    r"(?:(?:also|always|never|often|still|just|only|ever|even|already|soon|now|then|sometimes|"
    r"usually|rarely|seldom|almost|both|not|[^\W\d_]{2,}ly)\s+)*"
)
_VERB = re.compile(rf"\s+{_ADVERB}([^\W\d_]+(?:n['’]t)?)(?!\w)", re.IGNORECASE)
_CONTRACTION = re.compile(r"['’]([^\W\d_]+)\b")
_CONTRACTED_NEXT = re.compile(rf"\s+{_ADVERB}([^\W\d_]+)", re.IGNORECASE)
_BEFORE = re.compile(r"\b([^\W\d_]+(?:n['’]t)?)\s+$")
_SECOND = re.compile(
    rf"(\s*,?\s+(?:and|or|but)\s+){_ADVERB}([^\W\d_]+)(\s+[^\W\d_]+)?", re.IGNORECASE
)
_CLAUSE_END = re.compile(r"[.!?;:\n]|[,—]\s+(?!and\b|or\b|but\b)")
_PARTICIPLES = as_words(
    """
    been got had become begun taken seen known given lost made won
    """
)
_ADJECTIVES = as_words(
    """
    tired excited interested scared worried bored pleased married
    """
)
_HELPERS = as_words(
    """
    is was has does isn't wasn't hasn't doesn't are were have do aren't weren't haven't
    don't
    """
)
_PAST_OR_MODAL = as_words(
    """
    can could may might must shall should will would ought did had can't couldn't won't
    wouldn't shouldn't didn't hadn't cannot was were went said saw told knew got came took
    made gave found thought left felt kept became met ran wrote won lost began stood heard
    held brought sat spoke grew drove led paid slept taught fell sold sent built spent
    bought caught ate drew flew chose wore rose broke understood
    """
)
_PRESENTS = as_words(
    """
    walk work want need like love know think say go come live make take see use try ask feel
    keep look seem play run talk speak believe hope enjoy teach help start stop write wear
    mean get give find tell call become leave hate deserve belong own remember understand
    """
)
_NO_VERB = as_words(
    """
    and or but nor who whom whose that as than not too either alone
    """
)
_OPENS_A_PHRASE = as_words(
    """
    a an the my your his her our their its this that these those it him them me us to
    """
)


def agreement(text: str, start: int, end: int, plural: bool) -> list[Change] | str:
    """Return the changes that a verb needs when the pronoun at ``[start:end]`` changes number.

    Parameters
    ----------
    text : str
    start, end : int
        Where the pronoun, a subject, stands.
    plural : bool
        Whether the pronoun that comes takes a plural verb.

    Returns
    -------
    list of Change, or str
        From left to right; or why the verb cannot be told.

    Examples
    --------
    >>> [change.after for change in agreement("She is late and has left.", 0, 3, plural=True)]
    ['are', 'have']
    >>> agreement("She's hired.", 0, 3, plural=True)
    "'she's' may stand for is or for has"
    """
    contraction = _CONTRACTION.match(text, end)
    if contraction:
        return _contracted(text, start, contraction, plural)
    helper = _BEFORE.search(text, max(0, start - 16), start)
    if helper and helper.group(1).lower().replace("’", "'") in _HELPERS:
        return _differing([(helper.start(1), helper.group(1))], plural)
    verb = _VERB.match(text, end)
    if verb is None:
        return _without_verb(text, end, text[start:end])
    return _with_verb(text, verb, plural)


def _without_verb(text: str, end: int, pronoun: str) -> list[Change] | str:
    """Judge a pronoun that no word follows: nothing to agree, unless a clause is pushed in."""
    rest = text[end:].lstrip()
    if rest[:1] in (",", "(", "—", "-"):
        return f"the verb of '{pronoun.lower()}' cannot be told"
    return []


def _contracted(
    text: str, start: int, contraction: re.Match[str], plural: bool
) -> list[Change] | str:
    tail = contraction.group(1).lower()
    if tail in ("ll", "d"):
        return []
    if not plural:
        form = {"re": "s", "ve": "s"}.get(tail)
        return [] if form is None else [_at(contraction, form)]
    following = _CONTRACTED_NEXT.match(text, contraction.end())
    word = following.group(1).lower() if following else ""
    if word in _PARTICIPLES:
        return [_at(contraction, "ve")]
    if not word or word in ("gone", "done") or (word.endswith("ed") and word not in _ADJECTIVES):
        written = text[start : contraction.end()].lower().replace("’", "'")
        return f"'{written}' may stand for is or for has"
    return [_at(contraction, "re")]


def _at(match: re.Match[str], form: str) -> Change:
    form = form.upper() if match.group(1).isupper() else form
    return Change(match.start(1), match.end(1), match.group(1), form)


def _with_verb(text: str, verb: re.Match[str], plural: bool) -> list[Change] | str:
    word = verb.group(1).lower().replace("’", "'")
    if word in _NO_VERB:
        return [] if word in ("and", "or", "nor") else f"the verb before '{word}' cannot be told"
    if not plural and not _is_known(word):
        return f"'{word}' may be a present or a past"
    verbs = [(verb.start(1), verb.group(1))]
    for second in _further(text, verb.end(), plural, present=_is_present(word, plural)):
        if isinstance(second, str):
            return second
        verbs.append(second)
    return _differing(verbs, plural)


def _is_known(word: str) -> bool:
    return (
        word in _HELPERS
        or word in _PAST_OR_MODAL
        or word in _PRESENTS
        or word.endswith(("ed", "ing"))
    )


def _is_present(word: str, plural: bool) -> bool:
    return is_singular(word) if plural else word in _PRESENTS


def _further(
    text: str, end: int, plural: bool, *, present: bool
) -> Iterator[tuple[int, str] | str]:
    """Yield the verbs that "and" joins to the first one, or say that a word may be one."""
    stop = _CLAUSE_END.search(text, end)
    limit = stop.start() if stop else len(text)
    for match in _SECOND.finditer(text, end, limit):
        word = match.group(2)
        lowered = word.lower()
        if lowered in _HELPERS - {"was", "were"} or lowered in ("was", "were"):
            yield match.start(2), word
        elif not present or not _may_be_verb(lowered, plural):
            continue
        elif match.start() == end or (match.group(3) or "").strip().lower() in _OPENS_A_PHRASE:
            yield match.start(2), word
        else:
            yield f"'{lowered}' may be a verb or a noun"


def _may_be_verb(word: str, plural: bool) -> bool:
    return is_singular(word) if plural else word in _PRESENTS


def _differing(verbs: list[tuple[int, str]], plural: bool) -> list[Change]:
    changed = ((at, verb, agree(verb, plural)) for at, verb in verbs if _inflects(verb, plural))
    return [Change(at, at + len(v), v, to) for at, v, to in changed if v != to]


def _inflects(verb: str, plural: bool) -> bool:
    """Whether a word has a form of its own here; a past or a base after "they" has none."""
    lowered = verb.lower().replace("’", "'")
    return plural or lowered in _HELPERS or lowered in _PRESENTS
