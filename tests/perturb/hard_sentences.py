"""Thirty sentences on which swaps of words fail, with what a careful reader accepts."""

from __future__ import annotations

from typing import NamedTuple

FEMALE_MALE = ("female", "male")
TO_NONBINARY = ("female", "nonbinary")


class Hard(NamedTuple):
    """A sentence, the groups to exchange, and the acceptable results; none: leave it alone."""

    text: str
    accepted: tuple[str, ...]
    groups: tuple[str, str] = FEMALE_MALE


HARD = (
    Hard("Her manager thanked her for her work.", ("His manager thanked him for his work.",)),
    Hard("The last laptop is his.", ("The last laptop is hers.",)),
    Hard("His is faster than mine.", ("Hers is faster than mine.",)),
    Hard("I gave her books.", ()),
    Hard("They saw her duck.", ()),
    Hard("A heroine saved the village.", ("A hero saved the village.",)),
    Hard("An uncle of mine met a niece.", ("An aunt of mine met a nephew.",)),
    Hard("The emperor hired an actress.", ("The empress hired an actor.",)),
    Hard("SHE SAID SO HERSELF.", ("HE SAID SO HIMSELF.",)),
    Hard("Everybody signs his or her form.", ()),
    Hard("Ladies and gentlemen, please sit.", ()),
    Hard("The pond is man-made.", ()),
    Hard("That is good for mankind.", ()),
    Hard("You guys did well.", ()),
    Hard("She is pregnant.", ()),
    Hard("He trims his beard.", ()),
    Hard("We visited St. Mary's Hospital.", ()),
    Hard("Lady Gaga sang last night.", ()),
    Hard("Virginia Woolf wrote her diary.", ()),
    Hard("Prince Harry gave his speech.", ()),
    Hard("Mother Teresa helped them.", ()),
    Hard("She studied at King's College.", ("He studied at King's College.",)),
    Hard("“She left,” he said.", ("“He left,” she said.",)),
    Hard("Her mother-in-law's car broke down.", ("His father-in-law's car broke down.",)),
    Hard("The women's choir beat the boys' choir.", ("The men's choir beat the girls' choir.",)),
    Hard("The sermon chairs the theme of humanity.", ()),
    Hard("She is tired and has left.", ("They are tired and have left.",), TO_NONBINARY),
    Hard("She's been here; she's late.", ("They've been here; they're late.",), TO_NONBINARY),
    Hard("Does she like her job?", ("Do they like their job?",), TO_NONBINARY),
    Hard("They left early.", (), TO_NONBINARY),
)
