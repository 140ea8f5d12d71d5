"""Swaps of each English attribute in free text: what must change, and what must stay."""

from __future__ import annotations

import pytest

from pytest_fairness.perturb import swap_text, swap_variants

TRAPS = {
    "race": [
        "I drink black coffee.", "A glass of white wine.", "It was Black Friday.",
        "The White House said no.", "The Asian flu spread.", "A black cat sat down.",
        "She wore black.", "The white car stopped.", "An indigenous plant.", "a Black Hawk",
        "Middle Eastern food is good.", "The blacks and the whites.", "He told a white lie.",
        "Snow White slept.", "Brown people vote.", "The slaves were Black people.",
    ],
    "region": [
        "We ate French fries.", "The Indian Ocean is warm.", "I pay by American Express.",
        "Turkish delight is sweet.", "Polish the shoes.", "She drinks Italian wine.",
        "They sailed to Cuba.", "He flew to Lagos.", "A Chinese restaurant opened.",
        "the Spanish flu", "The Indians were here first.", "A Native American woman",
        "The French are coming.", "The German army marched.", "Thai food", "Bone china broke.",
    ],
    "age": [
        "She is an old friend.", "The old car broke.", "An old habit dies hard.",
        "I read young adult fiction.", "Neil Young sang.", "a senior engineer",
        "The night is young.", "An older version exists.", "Her older brother came.",
        "The elderly man slept.", "He is five years old.", "The young man starts school.",
    ],
    "disability": [
        "Mind the blind spot.", "They went on a blind date.", "It fell on deaf ears.",
        "Love is blind.", "She has blind faith.", "He is tone-deaf.", "the wheelchair-bound man",
        "The blind man reads braille.", "We disabled the alarm.", "The hearing was long.",
        "The blind lead the blind.", "A bipolar transistor failed.",
    ],
    "economic_class": [
        "It is of poor quality.", "The sauce has a rich flavour.", "Poor thing!",
        "The poor child cried.", "Soil rich in iron.", "the homeless", "A rich history.",
        "The rich get richer.", "That's rich.", "Poor people pay no rent.", "poor acting",
    ],
    "appearance": [
        "A short film won.", "Fat chance.", "You skate on thin ice.", "That is a tall order.",
        "In short, no.", "Low-fat milk.", "A slim majority.", "The obese man came.",
        "A fat cat sat down.", "The fat woman is on a diet.", "The soup is thin.",
    ],
    "family": [
        "I like single malt.", "She is married to an idea.", "He is expecting a call.",
        "Every single person knows.", "She was married in 2010.", "a pregnant pause",
        "Not a single word.", "The spinster left.", "He married her.", "The single topped charts.",
        "The married man loves his wife.", "They separated the files.",
    ],
    "education": [
        "An educated guess.", "She is a native speaker.", "college football",
        "He dropped out of college.", "A graduate student called.", "The third degree.",
        "High School Musical is on.", "The university graduate is a surgeon.",
        "An uneducated man.",
    ],
    "area": [
        "It's an urban legend.", "Keith Urban sang.", "Urban planning matters.",
        "The Metropolitan Museum opened.", "Urban youth met.", "The rural road ended.",
        "The rural family has a tractor.", "The inner-city school closed.",
    ],
    "gender_identity": [
        "No trans fats.", "The Trans-Siberian railway.", "The cis-trans isomer.",
        "The transsexual woman left.", "a transgender", "Trans rights matter.",
        "The transgender man takes hormones.", "He studied binary code.",
    ],
    "dialect": ["They finna eat.", "We ain't sure.", "She is at the library.", "Y'all come in."],
    "race_name": ["the greg file", "He has no name.", "A nurse came."],
    "race_surname": ["Washington is a city.", "Michael Jackson sang.", "Booker prize"],
    "religion": ["What is your Christian name?", "The Moslem man left.", "the Hindu Kush"],
    "orientation": ["I felt rather queer.", "He is a homosexual.", "Go straight ahead."],
}  # fmt: skip

POSITIVE = {
    "race": [
        ("A Black woman called.", "Asian", "An Asian woman called."),
        ("White people vote.", "Black", "Black people vote."),
        ("She is an African American.", "Indigenous", "She is a Native American."),
        ("An Asian student won.", "Hispanic", "A Hispanic student won."),
        ("the Black community", "white", "the white community"),
        ("African Americans live here.", "Asian", "Asian Americans live here."),
        ("My Indigenous neighbors sang.", "multiracial", "My multiracial neighbors sang."),
        ("Two Hispanic men met.", "Middle Eastern", "Two Middle Eastern men met."),
        ("He is a Black Briton.", "white", "He is a white Briton."),
    ],
    "region": [
        ("A French student won.", "Africa", "A Nigerian student won."),
        ("An Egyptian woman called.", "Europe", "A French woman called."),
        ("Germans like it.", "Africa", "Kenyans like it."),
        ("Two Mexican workers left.", "South Asia", "Two Indian workers left."),
        ("My Chinese neighbour sang.", "Europe", "My French neighbour sang."),
        ("The Nigerian doctor came.", "South Asia", "The Indian doctor came."),
        ("Brazilians vote today.", "Europe", "Germans vote today."),
        ("A Kenyan teacher", "Latin America and the Caribbean", "A Brazilian teacher"),
    ],
    "age": [
        ("A young man called.", "older", "An older man called."),
        ("Older people vote.", "young", "Young people vote."),
        ("a middle-aged nurse", "older", "an older nurse"),
        ("Two young women met.", "middle-aged", "Two middle-aged women met."),
        ("An older applicant wrote.", "middle-aged", "A middle-aged applicant wrote."),
        ("The older man sang.", "young", "The young man sang."),
        ("a young person", "older", "an older person"),
        ("Young people met older people.", "older", "Older people met young people."),
    ],
    "disability": [
        ("A blind man called.", "deaf", "A deaf man called."),
        ("An autistic student won.", "nondisabled", "A non-disabled student won."),
        ("Deaf people vote.", "blind", "Blind people vote."),
        ("a wheelchair user", "deaf", "a hard-of-hearing person"),
        ("Two blind women met.", "nondisabled", "Two nondisabled women met."),
        ("A mentally ill man left.", "intellectual", "An intellectually disabled man left."),
        (
            "A person with a physical disability came.", "nondisabled",
            "A person without a disability came.",
        ),
        ("People with ADHD vote.", "nondisabled", "People without disabilities vote."),
        ("a neurodivergent engineer", "blind", "a blind engineer"),
    ],
    "economic_class": [
        ("Poor people vote.", "wealthy", "Rich people vote."),
        ("A working-class man came.", "middle-class", "A middle-class man came."),
        ("a low-income family", "wealthy", "a high-income family"),
        ("An upper-class woman sang.", "working-class", "A working-class woman sang."),
        ("A rich man came.", "working-class", "A poor man came."),
        ("Blue-collar workers vote.", "middle-class", "White-collar workers vote."),
        ("an affluent couple", "working-class", "a low-wage couple"),
        ("a middle-income voter", "wealthy", "a high-income voter"),
    ],
    "appearance": [
        ("A fat man came.", "thin", "A thin man came."),
        ("Tall people vote.", "short", "Short people vote."),
        ("a short woman", "average-sized", "an average-sized woman"),
        ("Thin people sing.", "fat", "Fat people sing."),
        ("A plus-size teacher", "thin", "A slim teacher"),
        ("Two tall nurses met.", "thin", "Two thin nurses met."),
        ("an average-sized person", "tall", "a tall person"),
        ("The tall woman sang.", "fat", "The fat woman sang."),
    ],
    "family": [
        ("A pregnant applicant wrote.", "married", "A married applicant wrote."),
        ("a single woman", "married", "a married woman"),
        ("Divorced people vote.", "widowed", "Widowed people vote."),
        ("A childless engineer", "pregnant", "A pregnant engineer"),
        ("An unmarried teacher", "divorced", "A newly divorced teacher"),
        ("Two widowed women met.", "divorced", "Two divorced women met."),
        ("A married man came.", "divorced", "A divorced man came."),
        ("a pregnant person", "unmarried", "a single person"),
    ],
    "education": [
        ("A university graduate called.", "secondary", "A secondary school graduate called."),
        ("College graduates vote.", "secondary", "High school graduates vote."),
        ("a university-educated man", "vocational", "a vocationally trained man"),
        ("A GED holder sang.", "university", "A graduate degree holder sang."),
        ("an elementary-school-educated cook", "university", "a college-educated cook"),
        ("Trade school graduates met.", "university", "College graduates met."),
        ("a high-school-educated woman", "university", "a college-educated woman"),
        ("Degree holders vote.", "secondary", "High school diploma holders vote."),
    ],
    "area": [
        ("Rural voters agree.", "urban", "Urban voters agree."),
        ("An urban family moved.", "rural", "A rural family moved."),
        ("The villagers sang.", "urban", "The city residents sang."),
        ("City dwellers vote.", "rural", "Village dwellers vote."),
        ("A suburban couple came.", "urban", "An urban couple came."),
        ("a suburbanite", "rural", "a villager"),
        ("Rural residents sing.", "suburban", "Suburban residents sing."),
        ("Two rural students met.", "suburban", "Two suburban students met."),
    ],
    "gender_identity": [
        ("Trans people vote.", "cisgender", "Cis people vote."),
        ("A transgender woman called.", "cisgender", "A cisgender woman called."),
        ("a nonbinary student", "transgender", "a transgender student"),
        ("He is transgender.", "cisgender", "He is cisgender."),
        ("Two trans men met.", "cisgender", "Two cis men met."),
        ("An agender person sang.", "transgender", "A trans person sang."),
        ("Transgender people vote.", "nonbinary", "Nonbinary people vote."),
        ("a cisgender employee", "nonbinary", "a nonbinary employee"),
    ],
    "dialect": [
        ("They be working late.", "SAE", "They usually work late."),
        ("My cousin works at the bank.", "AAE", "My cousin work at the bank."),
        ("She said they ain't at home.", "SAE", "She said they aren't at home."),
        ("That's my cousin car.", "SAE", "That's my cousin's car."),
        ("They don't need any help.", "AAE", "They don't need no help."),
        ("We finna start dinner.", "SAE", "We are about to start dinner."),
        ("It's a new store on my street!", "SAE", "There is a new store on my street!"),
        ("Nobody said anything.", "AAE", "Nobody didn't say nothing."),
    ],
    "race_name": [
        ("Emily sang.", "Black", "Lakisha sang."),
        ("I met Jamal.", "white", "I met Greg."),
        ("Priya's book", "Black", "Aisha's book"),
        ("Javier left.", "Asian", "Rajesh left."),
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("attribute", "text"), [(name, text) for name, texts in TRAPS.items() for text in texts]
)
def test_what_speaks_of_no_group_of_people_stays(attribute, text):
    assert [swap.text for swap in swap_variants(text, attribute) if swap.valid] == []


@pytest.mark.parametrize(
    ("attribute", "text", "group", "expected"),
    [(name, *case) for name, cases in POSITIVE.items() for case in cases],
)
def test_swaps(attribute, text, group, expected):
    found = [swap for swap in swap_variants(text, attribute) if group in swap.groups]
    assert expected in [swap.text for swap in found if swap.valid], [swap.reason for swap in found]


def test_a_pregnant_applicant_does_not_become_a_man():
    reasons = {s.reason for s in swap_variants("The single man left.", "family") if not s.valid}
    assert reasons == {"'pregnant' and 'man' would speak of one person"}


def test_a_nonbinary_person_is_not_called_a_woman():
    swaps = swap_variants("A trans woman left.", "gender_identity")
    assert {s.groups[1] for s in swaps if s.valid} == {"cisgender"}


@pytest.mark.parametrize(
    ("text", "variant"),
    [
        ("The black people here vote.", "The Asian people here vote."),
        ("black people vote", "asian people vote"),
        ("BLACK PEOPLE VOTE", "ASIAN PEOPLE VOTE"),
    ],
)
def test_a_term_keeps_its_capital_unless_the_whole_text_has_none(text, variant):
    assert swap_text(text, "race", groups=("Black", "Asian")).text == variant
