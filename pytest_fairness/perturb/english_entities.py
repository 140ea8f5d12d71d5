"""Names in English that are no person, or one person whom everybody knows.

A hospital named after Mary, a day for mothers, a town called Charlotte: a word in such a name
speaks of nobody in the text. Names are found by the words that organisations, places, days, prizes
and works end or begin with, not by a list of names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pytest_fairness.perturb.english_words import as_words

_BODIES = (
    "Hospital|Clinic|Infirmary|College|University|Academy|Institute|Church|Cathedral|Chapel|Abbey|"
    "Mosque|Temple|Synagogue|Foundation|Trust|Society|Association|Federation|Union|Council|Guild|"
    "Inc|Ltd|LLC|Corp|Corporation|Company|Records|Books|Press|Motors|Airlines|Bank|Museum|Gallery|"
    "Library|Theatre|Theater|Hotel|Stadium|Arena|Orchestra|Choir|Festival|Team|Party"
)
_PLACES = (
    "Street|Avenue|Road|Lane|Boulevard|Drive|Square|Bridge|Station|Airport|River|Creek|Lake|Bay|"
    "Island|Islands|Beach|Valley|Mountain|Mountains|Falls|Canyon|County|Springs|Harbour|Harbor"
)
_EVENTS = (
    "Cup|League|Championship|Championships|Open|Tournament|Olympics|Games|Marathon|Prize|Award|"
    "Awards|Medal|Trophy|Fellowship|Scholarship|Month|Eve"
)
# Also surnames, or plain words: they need an owner ("Mother's Day"), two words, or "at" before.
_LESS_SURE = "Park|Day|School|House|Hall|Hill|Cross|Court|Center|Centre|Act"
_NO_NAME = (
    "She|He|They|Her|Him|His|Hers|Their|I|We|You|It|My|Our|Your|The|A|An|This|That|These|When|If|"
    "Who|Why|How|What|Where|And|But|Or|So|Because|As|In|At|On|To|For|From|With|By|After|Before|"
    "Is|Was|Are|Were|Has|Had|Did|Does|Do|Can|Could|Will|Would|Should|Dear|Hello|Hi|Yes|No|Not"
)
_WORD = rf"(?!(?:{_NO_NAME})\b)[A-Z][^\W\d_]+(?:[-'’][^\W\d_]+)*['’]?"
_TITLE = r"(?:(?:St|Mr|Mrs|Ms|Mx|Dr|Prof)\.?\s+)"
_RUN = rf"{_TITLE}?(?:{_WORD}(?:\s+(?:of|and|&|for|the)\s+|\s+))"
_ORGANISATION = re.compile(
    rf"\b(?P<run>{_RUN}{{1,5}}?)(?:(?P<sure>{_BODIES}|{_PLACES}|{_EVENTS})|(?:{_LESS_SURE}))\b"
    rf"(?:\s+(?:of|for)\s+(?:the\s+)?{_WORD})?"
)
_FIRM = re.compile(rf"\b(?:{_RUN}){{0,2}}{_WORD},?\s+(?:&|and)\s+(?:Co|Sons|Daughters|Company)\b")
_VERSE = re.compile(rf"\b{_WORD}\s+\d+:\d+")  # Matthew 6:26
# Titles of works in tokenised text, and curses that hold a kinship word.
_TOKENISED = re.compile(r"``\s.+?\s''")
_CURSE = re.compile(r"\bmother[\s-]+f[u*]\w*", re.IGNORECASE)
# A singular noun without a determiner before another noun: "the cause of woman warriors".
_COMPOUND = re.compile(r"\b(?:of|for|by|with|as|like)\s+(?:wo)?man\s+[a-z]+")
_OF_COUNTRY = re.compile(
    r"\b(?:Boys?|Girls?|Men|Women|Ladies|Daughters|Sons|Mothers|Fathers|Sisters|Brothers)['’]?"
    rf"(?:\s+{_WORD})?\s+(?:of|for|Against|against)\s+(?:the\s+)?{_WORD}"
)
_WORK = re.compile(
    rf"(?:\b(?:The\s+|A\s+)?(?:{_WORD}\s+){{1,5}})\((?:\d{{4}}\s+)?(?:[A-Za-z]+\s+)?"
    r"(?:series|show|film|movie|novel|book|album|song|band|play|musical|game|magazine|opera|poem)\)"
)
_PLACE_NAMED_FIRST = re.compile(
    rf"\b(?:St|Saint|San|Santa|Mount|Mt|Lake|Fort|Port|Cape|Camp|Hurricane|Storm)\.?\s+{_WORD}"
)
_STATES = (
    "Alabama|Alaska|Arizona|Arkansas|California|Colorado|Connecticut|Delaware|Florida|Georgia|"
    "Hawaii|Idaho|Illinois|Indiana|Iowa|Kansas|Kentucky|Louisiana|Maine|Maryland|Massachusetts|"
    "Michigan|Minnesota|Mississippi|Missouri|Montana|Nebraska|Nevada|New [A-Z][a-z]+|"
    "(?:North|South) (?:Carolina|Dakota)|Ohio|Oklahoma|Oregon|Pennsylvania|Rhode Island|Tennessee|"
    "Texas|Utah|Vermont|(?:West )?Virginia|Washington|Wisconsin|Wyoming|Ontario|Quebec|Manitoba|"
    "British Columbia|Alberta|Nova Scotia|Victoria|Queensland|Tasmania|England|Scotland|Wales|"
    "Ireland|Canada|Australia|Italy|France|Germany|Spain|[A-Z]{2}(?=[.;,]|$)"
)
_PLACE_IN_STATE = re.compile(rf"\b{_WORD},\s+(?:{_STATES})\b(?!['’]s)")
# Titles that belong to a figure, and what is crowned or painted on a box.
_FIGURE = re.compile(
    r"\b(?:(?:Miss|Mr\.?|Mister|Mrs\.?)\s+(?:Universe|World|International|Earth|America|USA|Olympia|"
    r"Clean|Bean|Right|Darcy|Spock|Potato Head|Hyde|Piggy|Marple|Havisham|Moneypenny|Doubtfire|"
    r"Dalloway|Bennet|Robinson(?=\s+\((?:song|film)\))|Fantastic|Incredible)"
    r"|Lady\s+[A-Z][a-z]+|(?:Sisters|Brothers|Sons|Daughters|Mothers|Fathers)\s+"
    rf"(?!(?:{_NO_NAME})\b)[A-Z][a-z]+)\b"
)
_AT = re.compile(r"\b(?:the|in|at|on|near|inside|outside|through|around)\s+$", re.IGNORECASE)
_OWNER = re.compile(r"['’]s?\s|s['’]\s|\bSt\.?\s|\b(?:Mr|Mrs|Ms|Dr)\b")
_HERO = re.compile(r"\b(?:spider|ant|iron|bat|super) (?:wo)?man\b")
_DETERMINED = "a|an|the|my|your|his|her|our|their|its|this|that|every|each|no|one|some|any|another"
# "borstal boy is a film", all in lower case: a title, for persons have a determiner.
_BARE_AT_START = re.compile(
    rf"^\s*(?!(?:{_DETERMINED})\b)[a-z]+\s+(?:boy|girl|man|woman|brother|sister|lady)\b"
)
# "People are odd man.": an address, for a predicate has a determiner.
_ADDRESS = re.compile(
    rf"(?:^|(?<=[.!?,;:]))\s*(?:(?!(?:{_DETERMINED})\b)[^\W\d_][\w']*\s+)+man(?=\s*(?:[.!?,]|$))",
    re.IGNORECASE,
)
_ADDRESS_BEFORE_A_CLAUSE = re.compile(
    rf"\b(?:(?!(?:{_DETERMINED})\b)[^\W\d_][\w']*\s+){{3}}man\s+(?:u|you|i|we|they|it)\b",
    re.IGNORECASE,
)
# "man some people never learn", "you kill me man!": an address, where no noun could stand.
_INTERJECTION = re.compile(
    r"(?:(?:^|(?<=[.!?,;:])|@\w+)\s*(?:(?:wo)?man|girl|boy)\s+(?:that|this|these|those|some|what|how|"
    r"why|when|if|i|u|you|we|they|it|so|just|fuck|shut|come|get|stop|look|listen)"
    r"|\b(?:me|you|u|him|us|them|it|yes|no|ok|okay|oh|hey|hell|damn|sorry|thanks|please)\s+man)\b",
    re.IGNORECASE,
)
_GROUPS = as_words("women men girls boys ladies gentlemen woman man girl boy lady")


class Entity(NamedTuple):
    """A name: where it stands, and whether it is surely no person of the text."""

    start: int
    end: int
    name: str
    sure: bool

    def kept(self, text: str, word: str) -> bool:
        """Whether a word of the name stays: all but the words for a whole group."""
        return self.sure and word not in _GROUPS


def entities(text: str) -> tuple[Entity, ...]:
    """Return the names in `text` that are no person, or one whom everybody knows.

    Examples
    --------
    >>> from pytest_fairness.perturb.english_entities import entities
    >>> [entity.name for entity in entities("She left King's College.")]
    ["King's College"]
    >>> entities("Emily Brown called.")
    ()
    """
    return tuple(_all(text))


def entity_at(found: Sequence[Entity], start: int) -> Entity | None:
    """Return the name in which a place lies."""
    return next((entity for entity in found if entity.start <= start < entity.end), None)


def _all(text: str) -> Iterator[Entity]:
    lowered = text.lower()
    for pattern, needle, sure in _ALWAYS:
        for match in pattern.finditer(text) if needle in lowered else ():
            yield Entity(*match.span(), match.group(), sure)
    for match in _ORGANISATION.finditer(text) if _TAILS.search(text) else ():
        owned = _OWNER.search(match.group("run")) is not None
        if match.group("sure") or owned or _names_a_place(text, match):
            yield Entity(*match.span(), match.group(), sure=_is_sure(match, owned))


def _names_a_place(text: str, match: re.Match[str]) -> bool:
    """Whether a word such as "Park" is no surname here: after two names, or after "at"."""
    several = len(match.group("run").split()) > 1
    return several or bool(_AT.search(text, max(0, match.start() - 12), match.start()))


def _is_sure(match: re.Match[str], owned: bool) -> bool:
    """Whether no common noun of the run may be a person who does something: "Mother Sues Bank"."""
    return owned or not _COMMON.search(match.group("run"))


_COMMON = re.compile(
    r"\b(?:Mother|Father|Mom|Dad|Sister|Brother|Wife|Husband|Son|Daughter|Aunt|Uncle|Grandma|"
    r"Grandpa|Woman|Man|Girl|Boy|Lady|Women|Men|Girls|Boys|Ladies)\b"
)
# Each with a string that a text must hold to be searched, in lower case, and whether it is sure.
_ALWAYS = (
    (_FIRM, "&", True),
    (_FIRM, "sons", True),
    (_FIRM, "daughters", True),
    (_WORK, "(", True),
    (_PLACE_NAMED_FIRST, "", True),
    (_VERSE, ":", True),
    (_TOKENISED, "``", False),
    (_CURSE, "mother", False),
    (_HERO, "man", False),
    (_COMPOUND, "man ", False),
    (_BARE_AT_START, "", False),
    (_ADDRESS, "man", False),
    (_ADDRESS_BEFORE_A_CLAUSE, "man ", False),
    (_INTERJECTION, "", False),
    (_OF_COUNTRY, " of ", False),
    (_PLACE_IN_STATE, ",", False),
    (_FIGURE, "", False),
)
_TAILS = re.compile(rf"\b(?:{_BODIES}|{_PLACES}|{_EVENTS}|{_LESS_SURE})\b")
