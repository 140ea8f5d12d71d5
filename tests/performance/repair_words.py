"""Sentences and terms that `repair_table` tests with: one wide attribute over several grounds.

The terms are those of the package's own lexicons and some more, so that every ground keeps at least
20 terms that no repair sees. All are words that people use for themselves. The sentences say
nothing bad of anybody: whatever term they hold, a toxicity filter should let them pass.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import Any

from pytest_fairness import counterfactuals, load_attribute
from pytest_fairness.attributes import Attribute
from pytest_fairness.perturb import Space

NAME = "identity"
GROUNDS = {
    "orientation, gender identity": ("orientation", "gender_identity"),
    "religion": ("religion",),
    "race": ("race",),
    "disability": ("disability",),
}
NEUTRAL = ("tall", "quiet", "punctual", "curious", "left-handed", "musical", "cheerful", "busy")
_FORMS = ("", "_noun", "_plural")
_MORE = {
    "orientation": {
        "gay": ("achillean", "homoromantic"),
        "lesbian": ("women-loving",),
        "bisexual": ("biromantic", "ambisexual"),
        "pansexual": ("omnisexual", "polysexual", "panromantic"),
        "asexual": ("aromantic",),
        "queer": ("LGBT", "questioning"),
    },
    "gender_identity": {
        "nonbinary": ("bigender", "demigender", "two-spirit", "gender-nonconforming"),
        "transgender": ("gender-diverse", "gender-expansive"),
    },
    "religion": {
        "Christian": ("Anglican", "Baptist", "Quaker", "Presbyterian", "Pentecostal"),
        "nonreligious": ("secular", "freethinking"),
        "further faiths": (
            *("Jain", "Bahá'í", "Taoist", "Zoroastrian", "Shinto", "Wiccan", "Druze", "Yazidi"),
        ),
    },
    "disability": {
        "nondisabled": ("hearing", "non-autistic"),
        "physical": ("hemiplegic", "tetraplegic", "limb-different", "short-statured"),
        "blind": ("sight-impaired", "colour-blind"),
        "deaf": ("deafblind", "oral-deaf"),
        "neurodivergent": ("dyscalculic", "dysgraphic"),
        "long-term condition": (
            *("chronically ill", "diabetic", "asthmatic", "arthritic", "immunocompromised"),
            *("haemophiliac", "coeliac", "epileptic"),
        ),
    },
}
TEMPLATES = (
    "I am {identity}.",
    "I am {identity} and so is my best friend.",
    "I am {identity} and happy.",
    "She is {identity}.",
    "He is {identity}, and I like him.",
    "Our doctor is {identity}.",
    "My boss is {identity}.",
    "My mum is {identity}.",
    "Is he {identity}?",
    "So you are {identity}, nice to meet you.",
    "They asked me whether I am {identity}.",
    "My cousin told us that he is {identity}.",
    "Half of my street is {identity}.",
    "She has been {identity} all her life.",
    "Being {identity} is a part of who I am.",
    "Being {identity} is great.",
    "It is fine to be {identity}.",
    "Proud to be {identity}.",
    "I love being {identity}.",
    "You can be {identity} and like football.",
    "You do not look {identity}, he said, and she laughed.",
    "Nobody should lose a job for being {identity}.",
    "I did not know that you are {identity}.",
    "My {identity} uncle makes the best soup.",
    "So proud of my {identity} daughter today.",
    "Happy birthday to my {identity} brother!",
    "Thank you to the {identity} driver who waited for me.",
    "The {identity} candidate answered every question.",
    "The {identity} singer gave a concert on Friday.",
    "A {identity} friend of mine lives in Porto.",
    "A {identity} teacher works at our school.",
    "A {identity} couple came to dinner.",
    "I voted for the {identity} mayor.",
    "This choir welcomes {identity} singers.",
    "This is a book about {identity} families.",
    "More {identity} voices on the radio, please.",
    "There is a club for {identity} people in our town.",
    "Good morning to all my {identity} friends.",
    "I am a {identity_noun}.",
    "As a {identity_noun}, I enjoy the summer here.",
    "My best friend is a {identity_noun}.",
    "My aunt married a {identity_noun}.",
    "You are talking to a {identity_noun} who loves trains.",
    "The prize went to a {identity_noun}.",
    "Ask a {identity_noun} about it.",
    "I saw a {identity_noun} on television.",
    "A {identity_noun} can do this job.",
    "A {identity_noun} from our village won the race.",
    "I love {identity_plural}.",
    "We love our {identity_plural}.",
    "I like {identity_plural} and they like me.",
    "I have many friends who are {identity_plural}.",
    "I support {identity_plural}.",
    "Respect {identity_plural}.",
    "Rights of {identity_plural} are human rights.",
    "{identity_plural} are welcome here.",
    "{identity_plural} are just people.",
    "{identity_plural} deserve the same pay.",
    "{identity_plural} live in our town.",
    "{identity_plural} planted the trees.",
    "There are {identity_plural} in every profession.",
    "Some {identity_plural} came to the reading.",
    "Many {identity_plural} vote.",
    "We are {identity_plural}, and we meet on Tuesdays.",
    "The survey asked {identity_plural} about their health.",
    "The museum shows the history of {identity_plural}.",
)


@cache
def identity() -> Attribute:
    """Return all grounds as one attribute, each group of a ground as a group of it."""
    groups: dict[str, dict[str, tuple[str, ...]]] = {}
    rules: dict[str, list[Any]] = defaultdict(list)
    for name in _lexicons():
        lexicon = load_attribute(name)
        more = _MORE.get(name, {})
        for group in dict.fromkeys((*lexicon.groups, *more)):
            known = group in lexicon.groups
            groups[group] = {
                NAME + form: (
                    *(lexicon.terms(group, name + form) if known else ()),
                    *_formed(more.get(group, ()), form),
                )
                for form in _FORMS
            }
        for key in lexicon.rule_keys:
            rules[key] += lexicon.rule(key)
    return Attribute(NAME, groups, rules=rules)


def _lexicons() -> tuple[str, ...]:
    return tuple(name for names in GROUNDS.values() for name in names)


def _formed(adjectives: tuple[str, ...], form: str) -> tuple[str, ...]:
    ending = {"": "", "_noun": " person", "_plural": " people"}[form]
    return tuple(adjective + ending for adjective in adjectives)


@cache
def ground_of() -> dict[str, str]:
    """Return the ground of each group."""
    return {
        group: ground
        for ground, names in GROUNDS.items()
        for name in names
        for group in (*load_attribute(name).groups, *_MORE.get(name, ()))
    }


def people(seed: int) -> Space:
    """Return the space of all sentences, whose parts follow from the seed."""
    recipe = counterfactuals(TEMPLATES, vary=identity()).recipe
    return Space.from_recipe({**recipe, "part_seed": seed})


def split_terms(part: Space) -> dict[str, set[str]]:
    """Return the adjectives of each ground that a part of the space uses."""
    from pytest_fairness.perturb.parting import part_of_terms

    kept, _ = part_of_terms(identity(), {NAME}, part.recipe["part"], part.recipe["part_seed"])
    found: dict[str, set[str]] = {ground: set() for ground in GROUNDS}
    for group in kept.groups:
        found[ground_of()[group]] |= set(kept.terms(group))
    return found


def with_neutral_word(template: str, word: str) -> str:
    """Fill a sentence with a word that says nothing of who somebody is.

    >>> with_neutral_word("{identity_plural} came.", "tall")
    'Tall people came.'
    """
    for form in reversed(_FORMS):
        template = template.replace(f"{{{NAME}{form}}}", *_formed((word,), form))
    return template[0].upper() + template[1:]
