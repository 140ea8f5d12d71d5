"""Small lists of English words that tell how a word before or after them is used."""

from __future__ import annotations


def as_words(text: str) -> frozenset[str]:
    """Return the words of a text, each once."""
    return frozenset(text.split())


CONTRACTED = as_words("s d ll ve re m em")

BEFORE_A_NAME = as_words(
    "a an and but dear dr for from hello her hi his i if in is my of on or our so thanks that the "
    "their then this to when with your"
)

PERSONS = as_words(
    """
    person people man men woman women child children boy boys girl girls friend friends couple
    couples colleague colleagues coworker coworkers student students teacher teachers employee
    employees worker workers nurse nurses doctor doctors engineer engineers lawyer lawyers
    neighbour neighbours neighbor neighbors parent parents mother mothers father fathers youth
    teenager teenagers adult adults kid kids community communities character characters
    relationship relationships marriage marriages applicant applicants candidate candidates family
    families owner owners leader leaders member members voter voters politician politicians
    soldier soldiers immigrant immigrants refugee refugees minority organisation organization
    group groups population
    """
)

DETERMINERS = as_words("a an the my your his her our their its this that every each no")

BEFORE_A_NOUN = as_words("a an another any each every one the this that some fellow")

BEFORE_AN_ADJECTIVE = as_words(
    "am is are was were be been being became become becoming not openly proudly devoutly also both "
    "as and or"
)

AFTER_A_PREDICATE = as_words("and because but if or so though when while yet") | {""}

AFTER_A_NOUN = as_words(
    """
    and as asked at because but came can could did does for from got had has he if in is it likes
    lived lives moved named of on or said says she since so than that told they to took walked
    wants was went were when where which while who whose will with without works worked would wrote
    """
)

# Before a singular noun, with its adjectives between; "and" joins it to one that has an article.
SINGULAR_DETERMINERS = as_words(
    """
    a an the this that my your his her our their its each every no any some one another whose what
    which such either neither ur yo ya dis dat da tha ma mah y'all s and or nor than versus vs
    """
)

# Before these a noun phrase has ended.
FUNCTION_WORDS = as_words(
    """
    these those of in on at by for with from to as like but if because so when while where though
    until is are was were be been being am isn wasn do does did don have has had will would can
    could should may might must i you he she it we they me him us them who not yes yeah hey oh ok
    about into onto over under between among against during without within through across behind
    before after since okay lol please thanks sorry well then there here now u im ur all both
    many few several
    """
)
