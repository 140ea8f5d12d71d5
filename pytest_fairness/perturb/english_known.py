"""Words that an English sentence begins with or writes with a capital, and that name no person."""

from __future__ import annotations

from pytest_fairness.perturb.english_words import as_words

# A capitalised word after one of these is a place, an organisation or a thing.
BEFORE_A_PLACE = as_words(
    "in at from near via inside outside across the a an new san los saint fort"
)

# The name after one of these is a surname, which tells no gender.
RANKS = as_words(
    "Dr Doctor Prof Professor Officer Judge Nurse Coach Detective Sergeant Lieutenant Captain "
    "Colonel Inspector Constable Reverend Rabbi Imam Pastor Chef"
)

# Verbs that often come right after their subject.
VERBS = as_words(
    """
    is was has had does did will would can could should may might must isn't wasn't hasn't hadn't
    doesn't didn't won't wouldn't can't couldn't shouldn't says said tells told asks asked thinks
    thought likes liked loves loved hates wants needs knows knew looks makes made gets got goes
    went comes came takes took gives gave keeps kept feels felt sees saw works lives plays won lost
    left met calls hires runs ran writes wrote reads speaks spoke sings sang finds found brings
    brought buys bought sells sold holds held leads led sends sent seems appears shows tries uses
    turns stands stood sits sat becomes became begins began believes brings builds built changes
    chooses chose continues creates cuts deals decides delivers demonstrates deserves directs draws
    drew drives drove eats ate ends enjoys falls fell fights fought follows forgets forgot gone
    grows grew happens hears heard helps hopes joins keeps knows laughs learns leaves lets lies
    listens manages means meant moves offers opens owns pays paid phones plans puts raises reaches
    receives remembers returns rises rose sets shares sleeps slept smiles starts stays steals stole
    stops studies succeeds suffers swears swore talks teaches taught thinks throws threw travels
    understands understood visits waits walks watches wears wore wins wishes worries crafts
    swaggers insists tends relies turns steps grounds spins moves loses handily juggles plumbs
    lends lent captures never always also still now proves covers prolly gonna gotta tryna ain't
    """
)

# Common words that open a sentence, or stand as a subject without an article.
BARE_SUBJECTS = as_words(
    """
    a an the this that these those there here it its he she they we you i him her them us me his
    hers my your our their mine yours ours theirs who whoever whose what whatever which whichever
    where wherever when whenever why how one another each every neither either none both all some
    most many few half such same other others any no not nor yes never now then also still just
    only even maybe perhaps more less much enough plenty several everyone everybody someone somebody
    nobody anyone anybody nothing everything something anything people police folks god life love
    time work music money today yesterday tomorrow tonight morning afternoon evening night midnight
    word rumor rumour legend history science school college university church dinner lunch
    breakfast winter spring summer autumn fall congress parliament government management staff
    security customs education experience talent sleep exercise politics physics news mathematics
    maths math economics traffic weather rain snow nature fate fear anger pain death art poetry
    coffee tea food water data information feedback advice help support society culture religion
    truth justice power beauty evil hell heaven home business industry technology research evidence
    practice success failure luck hope faith happiness sadness grief joy marriage divorce family
    war peace crime violence racism sexism poverty hunger homework housework football soccer
    basketball baseball tennis golf cricket hockey rugby chess television radio internet media
    twitter facebook google youtube instagram netflix santa mankind humanity nobody's somebody's
    humor humour comedy drama fiction reality fantasy horror romance action sex power passion
    suspense dialogue cinema hollywood disney acting writing directing editing casting filmmaking
    so but and or yet for because although though if unless until while since after before once
    as than like with without within about above across against along among around at behind below
    beneath beside between beyond by despite down during except from in inside into near of off on
    onto out outside over past through throughout to toward towards under up upon via per let please
    thanks thank sorry hello hi hey dear oh ah well ok okay wow damn lol lmao omg guess bet hope
    wish think look see say make take give get go come keep put try use call ask tell know want need
    love hate remember imagine consider suppose stop start did do does is are was were am be been
    being has have had can could will would shall should may might must ought too very really quite
    rather almost already again ever often sometimes usually always probably actually finally
    eventually suddenly apparently clearly obviously unfortunately luckily else instead otherwise
    however therefore thus hence meanwhile moreover anyway besides two three four five six seven
    eight nine ten hundred thousand million first second third last next new old good bad best worst
    great little big long short high low right left wrong true false real whole own able part bit
    lot lots kind sort thing things way ways place person man woman boy girl child baby kid mom dad
    mother father brother sister son daughter wife husband friend boss manager teacher doctor nurse
    lawyer officer president director writer actor actress author artist star hero heroine villain
    character protagonist filmmaker auteur cast crew team audience viewer critic film movie story
    script plot screenplay picture scene ending sequel remake show series book novel song album game
    plays year years day days week weeks month months hour hours minute minutes world country city
    town village street house room door car train bus plane phone nigga niggah nicca nigger bitch
    hoe ho hoes thot faggot fag dyke queer trash bird birds white black brown asian arab jew jewish
    muslim christian catholic hindu sikh buddhist gay straight trans american chinese everyone's
    im ima imma ill id ive ur u ya yall y'all ain't aint cant dont wont gonna gotta wanna tryna lil
    lmfao smh tbh idk ikr rt via tl tf bc cuz cause dat dis dem da tha yo yea yeah yep nah nope
    trust jihadi single different similar small big young older younger elderly former current
    itself himself herself themselves myself yourself ourselves oneself anyway nothing's ago
    mr mrs ms miss sir madam lady king queen prince princess lord captain
    """
)

# Written with a capital, and the name of no person.
NO_PERSONS = BARE_SUBJECTS | as_words(
    """
    monday tuesday wednesday thursday friday saturday sunday january february march april may june
    july august september october november december christmas easter thanksgiving halloween
    ramadan eid diwali hanukkah passover lent valentine memorial labor independence
    english french german spanish italian portuguese dutch greek russian polish turkish arabic
    hebrew chinese japanese korean hindi urdu latin swedish danish norwegian finnish czech
    hungarian thai vietnamese african african-american americans european asian latino latina
    hispanic white black native indian british scottish irish welsh mexican canadian australian
    brazilian israeli palestinian iraqi iranian afghan pakistani saudi swiss greek arab kurdish
    muslim muslims christian christians catholic catholics protestant mormon mormons jewish jew
    jews hindu hindus sikh sikhs buddhist atheist islamic islam christianity judaism buddhism
    hinduism bible quran koran torah church mosque synagogue temple
    america usa canada mexico brazil argentina chile peru colombia cuba england britain scotland
    ireland wales france germany italy spain portugal greece russia ukraine poland sweden norway
    finland denmark iceland switzerland austria belgium netherlands holland turkey israel palestine
    egypt iraq iran syria lebanon saudi yemen afghanistan pakistan india bangladesh china japan
    korea taiwan thailand vietnam philippines indonesia malaysia singapore australia africa nigeria
    kenya ghana ethiopia somalia sudan congo morocco algeria tunisia libya europe asia antarctica
    london leeds manchester liverpool birmingham edinburgh glasgow dublin cardiff bristol oxford
    cambridge paris lyon marseille berlin munich hamburg frankfurt cologne rome milan venice
    florence naples turin madrid barcelona seville lisbon porto athens moscow kiev kyiv warsaw
    prague vienna budapest zurich geneva brussels amsterdam rotterdam stockholm oslo copenhagen
    helsinki istanbul ankara jerusalem cairo baghdad tehran kabul delhi mumbai kolkata chennai
    bangalore karachi lahore dhaka beijing shanghai shenzhen hong kong tokyo osaka kyoto seoul
    taipei bangkok hanoi manila jakarta sydney melbourne auckland lagos nairobi accra cape york
    boston chicago detroit miami atlanta seattle portland denver phoenix vegas angeles francisco
    diego philadelphia baltimore cleveland pittsburgh cincinnati orleans memphis nashville dallas
    houston antonio toronto montreal vancouver ottawa havana brooklyn manhattan queens bronx harlem
    texas california florida ohio michigan illinois alabama mississippi tennessee kentucky
    oklahoma kansas nebraska iowa minnesota wisconsin missouri arkansas louisiana colorado utah
    nevada arizona oregon idaho montana wyoming dakota alaska hawaii maine vermont massachusetts
    connecticut delaware pennsylvania jersey hampshire maryland indiana
    facebook twitter instagram google youtube netflix amazon apple microsoft uber lyft walmart
    target starbucks mcdonald mcdonalds ikea tesla toyota ford honda bmw nike adidas coke pepsi
    snapchat tiktok whatsapp linkedin wikipedia reddit tinder skype zoom iphone ipad android
    windows excel word powerpoint python java linux internet web wifi tv pc dvd cd
    president minister senator governor mayor chancellor secretary ambassador general congress
    senate parliament house court supreme department ministry university college school academy
    institute hospital church street avenue road park square station airport bank company inc ltd
    north south east west northern southern eastern western central middle street team club league
    cup olympics bowl oscar oscars grammy emmy nobel prize award day week month year mass sunday
    earth mars moon sun god lord heaven hell bible internet english math maths physics chemistry
    biology history geography republican republicans democrat democrats democratic conservative
    labour liberal tory tories nazi nazis communist socialist union federal national international
    state united states kingdom nations american uk us eu un nato fbi cia nasa bbc cnn nba nfl
    caucasian caucasians asperger alzheimer parkinson autism ptsd adhd
    """
)

# Nouns for one person that a pronoun may speak of.
PERSON_NOUNS = as_words(
    """
    person adult child kid baby teen teenager youth friend neighbour neighbor colleague coworker
    cousin parent sibling relative spouse partner guest stranger victim suspect witness hero
    protagonist character narrator villain director filmmaker writer author novelist poet playwright
    screenwriter dramatist storyteller actor performer comedian singer musician rapper dancer artist
    painter sculptor photographer composer pianist producer editor critic reviewer journalist
    reporter doctor physician surgeon nurse dentist therapist psychologist patient lawyer attorney
    judge teacher professor tutor student pupil scholar scientist researcher engineer programmer
    developer designer architect mechanic plumber electrician carpenter builder worker employee
    employer manager boss supervisor executive owner landlord tenant customer client seller buyer
    clerk cashier secretary receptionist assistant analyst accountant banker auditor economist
    farmer baker cook chef butcher cleaner janitor driver pilot sailor soldier officer general guard
    sheriff cop detective inspector spy assassin killer murderer thief criminal prisoner politician
    president minister mayor candidate senator governor diplomat leader member activist priest
    pastor rabbi imam athlete player coach runner boxer swimmer trainer champion winner loser fan
    novice expert beginner immigrant refugee citizen foreigner american orphan
    survivor twin dreamer wanderer traveller traveler stepdad stepmom auteur talent newcomer dog cat
    """
)

# Persons whom everybody knows by a name that tells no gender, in lower case.
FIGURES = (
    "obama|barack|trump|biden|clinton|reagan|bush|nixon|putin|gandhi|mandela|hitler|stalin|"
    "napoleon|churchill|thatcher|merkel|macron|modi|erdogan|netanyahu|zelensky|einstein|newton|"
    "darwin|freud|marx|picasso|mozart|beethoven|shakespeare|dickens|tolstoy|hemingway|austen|"
    "snoop dogg|snoop|kanye|beyoncé|beyonce|rihanna|jay z|jay-z|lil wayne|weezy|eminem|50 cent|"
    "kim k|bow wow|ice t|ice-t|ice cube|dr dre|dre|nicki minaj|nicki|cardi b|kendrick|cher|"
    "lady gaga|bieber|gaga|shakira|adele|bono|sting|gucci mane|rick ross|wiz khalifa|"
    "meek mill|chief keef|tupac|2pac|biggie|lebron|kobe|shaq|tiger woods|tebow|manning|brady|"
    "messi|ronaldo|neymar|zidane|beckham|federer|nadal|djokovic|serena|jeter|a-rod|arod|pacquiao|"
    "mayweather|tyson|oprah|ellen|letterman|leno|limbaugh|hannity|o'reilly|kardashian|spielberg|"
    "hitchcock|kubrick|scorsese|tarantino|almodovar|almodóvar|godard|truffaut|fellini|kurosawa|"
    "chaplin|eastwood|schwarzenegger|stallone|seagal|de niro|pacino|streep|kidman|dicaprio|pitt|"
    "jolie|clooney|hanks|cruise|bond|santa|santa claus|"
    "batman|superman|spiderman|spider-man|zorro|dracula"
)
