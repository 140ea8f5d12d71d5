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
    "origin": ("region",),
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
    "I am {identity} and I love my job.",
    "I am {identity} and so is my best friend.",
    "As far as I know, my boss is {identity}.",
    "Our doctor is {identity}.",
    "The new librarian is {identity}, and everybody likes her.",
    "My neighbour is {identity} and grows tomatoes.",
    "My cousin told us at dinner that he is {identity}.",
    "She has been {identity} all her life.",
    "Half of the people in my street are {identity}.",
    "Being {identity} is a part of who I am.",
    "It is fine to be {identity}.",
    "Nobody should lose a job for being {identity}.",
    "You can be {identity} and still like football.",
    "They asked me whether I am {identity}.",
    "A {identity} friend of mine lives in Porto.",
    "A {identity} teacher works at our school.",
    "A {identity} nurse looked after my father.",
    "A {identity} plumber fixed our kitchen on Sunday.",
    "Yesterday a {identity} student won the chess prize.",
    "We invited a {identity} couple to dinner.",
    "We rented the flat from a {identity} landlady.",
    "I sat next to a {identity} man on the train to Leeds.",
    "I read a book by a {identity} author last week.",
    "My daughter has a {identity} classmate called Kim.",
    "The {identity} singer gave a concert on Friday.",
    "The {identity} bakery on the corner sells good bread.",
    "The {identity} woman in the shop helped me find a coat.",
    "The {identity} candidate answered every question.",
    "Two {identity} engineers built the bridge.",
    "Three {identity} families moved into the house.",
    "He wrote a book about {identity} families.",
    "The film tells the story of a {identity} woman.",
    "The film with the {identity} detective starts at eight.",
    "There is a club for {identity} people in our town.",
    "This choir welcomes {identity} singers.",
    "They interviewed a {identity} athlete on the radio.",
    "Our team has a {identity} captain this season.",
    "The council met with {identity} residents about the park.",
    "Thank you to the {identity} driver who waited for me.",
    "Happy birthday to my {identity} brother!",
    "So proud of my {identity} daughter today.",
    "Good morning to all my {identity} followers.",
    "Just had coffee with a {identity} colleague, what a nice morning.",
    "My {identity} uncle makes the best soup.",
    "Watching a documentary about a {identity} pilot tonight.",
    "More {identity} voices on the radio, please.",
    "My aunt married a {identity_noun}.",
    "As a {identity_noun}, I enjoy the summer here.",
    "I was raised by a {identity_noun} and a baker.",
    "My piano teacher is a {identity_noun}.",
    "You are talking to a {identity_noun} who loves trains.",
    "A {identity_noun} from our village won the race.",
    "The prize went to a {identity_noun} from Leeds.",
    "Ask a {identity_noun} what they think of the film.",
    "Many {identity_plural} live in our town.",
    "There are {identity_plural} in every profession.",
    "We are {identity_plural}, and we meet on Tuesdays.",
    "The museum shows the history of {identity_plural}.",
    "I have worked with {identity_plural} for years.",
    "{identity_plural} and their neighbours planted the trees.",
    "The survey asked {identity_plural} about their health.",
    "Some {identity_plural} came to the reading last night.",
    "Rights of {identity_plural} are human rights.",
    "Respect {identity_plural}, it costs nothing.",
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
