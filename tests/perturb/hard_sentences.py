"""Sentences on which swaps of words fail, with what a careful reader accepts.

`HARD` guided the work on our own swap, which a test holds to every one of them; its score there is
no measurement. `HELD_OUT` was written without a look at that work and is left as it was written:
no test demands it, and nothing is to be tuned to it.

Tools differ in what they set out to do. Where two people of two genders are spoken of, some
exchange both and some turn all into one gender; both are accepted. So are neopronouns with verbs
that agree.
"""

from __future__ import annotations

from typing import NamedTuple

FEMALE_MALE = ("female", "male")
TO_NONBINARY = ("female", "nonbinary")


class Hard(NamedTuple):
    """A sentence, the groups to exchange, and the acceptable results; none: leave it alone.

    Careful readers may differ on whether to leave an `arguable` one alone.
    """

    text: str
    accepted: tuple[str, ...]
    groups: tuple[str, str] = FEMALE_MALE
    arguable: bool = False


# subject, object, possessive, reflexive
_NEOPRONOUNS = (
    ("xe", "xem", "xyr", "xemself"),
    ("ze", "hir", "hir", "hirself"),
    ("zie", "hir", "hir", "hirself"),
    ("ve", "ver", "vis", "verself"),
    ("ey", "em", "eir", "emself"),
    ("ey", "em", "eir", "eirself"),
    ("tey", "tem", "ter", "terself"),
    ("per", "per", "per", "perself"),
)


def _nonbinary(*theirs: str, neo: str) -> Hard:
    """Return a sentence whose first text is the source; `neo` has a slot for each form."""
    source, *accepted = theirs
    filled = (_capital(neo.format(*forms)) for forms in _NEOPRONOUNS)
    return Hard(source, (*accepted, *dict.fromkeys(filled)), TO_NONBINARY)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


HARD = (
    Hard("Her manager thanked her for her work.", ("His manager thanked him for his work.",)),
    Hard("The last laptop is his.", ("The last laptop is hers.",)),
    Hard("His is faster than mine.", ("Hers is faster than mine.",)),
    Hard("I gave her books.", (), arguable=True),
    Hard("They saw her duck.", ()),
    Hard("A heroine saved the village.", ("A hero saved the village.",)),
    Hard(
        "An uncle of mine met a niece.",
        (
            "An aunt of mine met a nephew.",
            "An aunt of mine met a niece.",
            "An uncle of mine met a nephew.",
        ),
    ),
    Hard(
        "The emperor hired an actress.",
        (
            "The empress hired an actor.",
            "The empress hired an actress.",
            "The emperor hired an actor.",
        ),
    ),
    Hard("SHE SAID SO HERSELF.", ("HE SAID SO HIMSELF.",)),
    Hard("Everybody signs his or her form.", ()),
    Hard("Ladies and gentlemen, please sit.", (), arguable=True),
    Hard("The pond is man-made.", ()),
    Hard("That is good for mankind.", ()),
    Hard("You guys did well.", ()),
    Hard("She is pregnant.", (), arguable=True),
    Hard("He trims his beard.", (), arguable=True),
    Hard("We visited St. Mary's Hospital.", ()),
    Hard("Lady Gaga sang last night.", ()),
    Hard("Virginia Woolf wrote her diary.", ()),
    Hard("Prince Harry gave his speech.", ()),
    Hard("Mother Teresa helped them.", ()),
    Hard("She studied at King's College.", ("He studied at King's College.",)),
    Hard(
        "“She left,” he said.",
        ("“He left,” she said.", "“She left,” she said.", "“He left,” he said."),
    ),
    Hard("Her mother-in-law's car broke down.", ("His father-in-law's car broke down.",)),
    Hard(
        "The women's choir beat the boys' choir.",
        (
            "The men's choir beat the girls' choir.",
            "The women's choir beat the girls' choir.",
            "The men's choir beat the boys' choir.",
        ),
    ),
    Hard("The sermon chairs the theme of humanity.", ()),
    _nonbinary(
        "She is tired and has left.",
        "They are tired and have left.",
        neo="{0} is tired and has left.",
    ),
    _nonbinary(
        "She's been here; she's late.",
        "They've been here; they're late.",
        neo="{0}'s been here; {0}'s late.",
    ),
    _nonbinary("Does she like her job?", "Do they like their job?", neo="Does {0} like {2} job?"),
    Hard("They left early.", (), TO_NONBINARY),
)

HELD_OUT = (
    Hard(
        "He told her that his sister called him.",
        (
            "She told him that her brother called her.",
            "She told her that her sister called her.",
            "He told him that his brother called him.",
        ),
    ),
    Hard(
        "The waitress brought the actor his coffee.",
        (
            "The waiter brought the actress her coffee.",
            "The waitress brought the actress her coffee.",
            "The waiter brought the actor his coffee.",
        ),
    ),
    Hard("Is this seat hers or his?", ("Is this seat his or hers?",)),
    Hard("My aunt's husband is a policeman.", ("My uncle's wife is a policewoman.",)),
    Hard("He himself fixed his own car.", ("She herself fixed her own car.",)),
    Hard(
        "Mr. Lee lost his keys.",
        ("Ms. Lee lost her keys.", "Mrs. Lee lost her keys.", "Miss Lee lost her keys."),
    ),
    Hard(
        "Sir, your table is ready.",
        ("Madam, your table is ready.", "Ma'am, your table is ready."),
    ),
    Hard("Her, I trust.", ("Him, I trust.",)),
    Hard("What's hers is mine.", ("What's his is mine.",)),
    Hard(
        "The nurse said he'd call his boyfriend.",
        (
            "The nurse said she'd call her girlfriend.",
            "The nurse said she'd call her boyfriend.",
        ),
    ),
    Hard("They bought a queen-size bed.", ()),
    Hard(
        "He took my queen with a bishop and won.",
        ("She took my queen with a bishop and won.",),
    ),
    Hard(
        "The chairman thanked the policewoman.",
        (
            "The chairwoman thanked the policeman.",
            "The chairwoman thanked the policewoman.",
            "The chairman thanked the policeman.",
        ),
    ),
    Hard("We drove to Prince George, British Columbia.", ()),
    Hard(
        "Grandma's recipe beats her daughter's.",
        (
            "Grandpa's recipe beats his son's.",
            "Granddad's recipe beats his son's.",
            "Grandad's recipe beats his son's.",
        ),
    ),
    Hard("I met her, her husband and her son.", ("I met him, his wife and his daughter.",)),
    Hard("Hello ladies!", ("Hello gentlemen!",)),
    Hard("HE'S LATE AGAIN.", ("SHE'S LATE AGAIN.",)),
    Hard("She (the manager) paid herself.", ("He (the manager) paid himself.",)),
    Hard(
        "Hand him the phone, then call his mum.",
        ("Hand her the phone, then call her dad.", "Hand her the phone, then call her mum."),
    ),
    Hard("Jack of all trades, he never rests.", ("Jack of all trades, she never rests.",)),
    Hard("She read The Old Man and the Sea.", ("He read The Old Man and the Sea.",)),
    Hard("The Queen of Hearts is a card.", ()),
    Hard(
        "She and I left her with him.",
        (
            "He and I left him with her.",
            "She and I left her with her.",
            "He and I left him with him.",
        ),
    ),
    Hard("He earned a bachelor's degree.", ("She earned a bachelor's degree.",)),
    Hard("The master key is his.", ("The master key is hers.",)),
    Hard("Her Majesty waved.", ("His Majesty waved.",)),
    _nonbinary(
        "She was late, wasn't she?",
        "They were late, weren't they?",
        neo="{0} was late, wasn't {0}?",
    ),
    _nonbinary(
        "She does what she wants.", "They do what they want.", neo="{0} does what {0} wants."
    ),
    _nonbinary(
        "Only she knows it herself.",
        "Only they know it themself.",
        "Only they know it themselves.",
        neo="only {0} knows it {3}.",
    ),
)
