"""English verbs after "she" and after "they": is and are, has and have, walks and walk."""

from __future__ import annotations

import re

from pytest_fairness.perturb.articles import in_case_of
from pytest_fairness.perturb.english_words import as_words

_IRREGULAR = {
    "focuses": "focus",
    "discusses": "discuss",
    "is": "are",
    "was": "were",
    "has": "have",
    "does": "do",
    "goes": "go",
    "isn't": "aren't",
    "wasn't": "weren't",
    "hasn't": "haven't",
    "doesn't": "don't",
    "undergoes": "undergo",
    "forgoes": "forgo",
    "undoes": "undo",
    "redoes": "redo",
    "outdoes": "outdo",
    "overdoes": "overdo",
    "echoes": "echo",
    "vetoes": "veto",
    "embargoes": "embargo",
    "quizzes": "quiz",
    "gases": "gas",
    "aches": "ache",
    "caches": "cache",
    "axes": "axe",
    "lies": "lie",
    "ties": "tie",
    "unties": "untie",
    "dies": "die",
    "vies": "vie",
    "belies": "belie",
    "underlies": "underlie",
}
_SINGULAR = {plural: singular for singular, plural in _IRREGULAR.items()}
_NO_THIRD_PERSON = as_words(
    """
    can could may might must shall should will would ought did had can't couldn't won't
    wouldn't shouldn't mustn't didn't hadn't cannot
    """
)
_DROPS_ES = re.compile(r"(?:ss|sh|tch|ch|x|zz)es$")
_TAKES_ES = re.compile(r"(?:ss|us|sh|ch|x|z|o)$")
_VOWEL_Y = re.compile(r"[aeiou]y$")


def agree(verb: str, plural: bool) -> str:
    """Return the form of a present (or of "was") that goes with a singular or a plural subject.

    Parameters
    ----------
    verb : str
        Either form, such as ``"walks"`` or ``"walk"``; a verb without a form of its own for "she",
        such as ``"can"`` or ``"did"``, stays.
    plural : bool
        Whether the subject takes a plural verb, as "they" does, singular or not.

    Returns
    -------
    str
        In the case of `verb`.

    Examples
    --------
    >>> agree("walks", plural=True), agree("is", plural=True), agree("Carries", plural=True)
    ('walk', 'are', 'Carry')
    >>> agree("walk", plural=False), agree("were", plural=False), agree("walks", plural=False)
    ('walks', 'was', 'walks')
    """
    lowered = verb.lower().replace("’", "'")
    form = to_plural(lowered) if plural else to_singular(lowered)
    if form == lowered:
        return verb
    if "’" in verb:
        form = form.replace("'", "’")
    return form.upper() if len(verb) > 1 and verb.isupper() else in_case_of(form, verb)


def is_singular(verb: str) -> bool:
    """Whether a word, in lower case, looks like the form that goes with "she"."""
    return verb in _IRREGULAR or (
        verb.endswith("s") and len(verb) > 3 and not verb.endswith(("ss", "us", "is"))
    )


def to_plural(verb: str) -> str:
    """Return the form that goes with "they" of a verb in lower case."""
    if verb in _IRREGULAR:
        return _IRREGULAR[verb]
    if verb in _NO_THIRD_PERSON or not is_singular(verb):
        return verb
    if verb.endswith("ies"):
        return verb[:-3] + "y"
    return verb[:-2] if _DROPS_ES.search(verb) else verb[:-1]


def to_singular(verb: str) -> str:
    """Return the form that goes with "she" of a verb in lower case."""
    if verb in _SINGULAR:
        return _SINGULAR[verb]
    if verb in _NO_THIRD_PERSON or is_singular(verb):
        return verb
    if verb.endswith("y") and not _VOWEL_Y.search(verb):
        return verb[:-1] + "ies"
    return verb + ("es" if _TAKES_ES.search(verb) else "s")
