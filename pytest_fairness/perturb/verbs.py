"""English verbs in the present: the form that goes with "they"."""

from __future__ import annotations

_IRREGULAR = {"is": "are", "was": "were", "has": "have", "does": "do", "goes": "go"}


def agree(verb: str, plural: bool) -> str:
    """Return the form of a verb, given as it goes with "she", that goes with its subject.

    Examples
    --------
    >>> agree("walks", True), agree("has", True), agree("isn't", True), agree("was", False)
    ('walk', 'have', "aren't", 'was')
    """
    if not plural:
        return verb
    lowered = verb.lower().replace("’", "'")
    if lowered.endswith("n't"):
        return _IRREGULAR[lowered[:-3]] + verb[-3:]
    if lowered in _IRREGULAR:
        return _IRREGULAR[lowered]
    if lowered.endswith("ies") and len(lowered) > 4:
        return verb[:-3] + "y"
    if lowered.endswith(("sses", "shes", "ches", "xes", "zzes")):
        return verb[:-2]
    return verb[:-1]
