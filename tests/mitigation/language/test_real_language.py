"""SmolLM2, a real model of 135 million parameters, repaired on names of women and men."""

from __future__ import annotations

import pytest

from pytest_fairness import counterfactuals
from pytest_fairness.mitigation import MitigationConfig
from pytest_fairness.mitigation.language import repair_likelihoods

TEMPLATES = [
    "{name} reads a long report.",
    "{name} works in a small office.",
    "{name} repairs old bicycles at home.",
    "My neighbour is {name}.",
    "Yesterday {name} missed the train.",
    "The letter was written by {name}.",
    "{name} teaches chemistry at a school.",
    "We met {name} at the market.",
    "{name} leads a team of engineers.",
    "{name} stayed at home with the children.",
    "The patient was helped by {name}.",
    "{name} won the race last summer.",
    "A story about {name} was in the paper.",
    "{name} asked for a higher salary.",
    "{name} cooks dinner every evening.",
    "They gave the keys to {name}.",
    "{name} complained about the noise.",
    "{name} studies law in the capital.",
    "{name} drove the truck across the border.",
    "{name} sang in the choir on Sunday.",
    "{name} fixed the computer of a friend.",
    "The judge listened to {name}.",
    "{name} planted trees in the park.",
    "{name} waited for the doctor.",
]


@pytest.fixture(scope="module")
def repaired(smollm2, shared_data):
    rows = (shared_data / "sst2" / "train.tsv").read_text("utf-8").splitlines()[1:3000]
    texts = [row.split("\t")[0] for row in rows]
    return repair_likelihoods(
        smollm2,
        counterfactuals(TEMPLATES, vary="gender"),
        [text for text in texts if 40 < len(text) < 120][:400],
        max_difference=0.03,
        config=MitigationConfig(
            max_steps=60, learning_rate=1e-3, batch_size=8, pair_batch_size=8, device="cpu"
        ),
    )


@pytest.mark.slow
class TestSmolLM2:
    def test_the_gap_of_names_falls_on_names_and_templates_never_seen(self, repaired):
        before, after = (o.evidence.estimate for o in (repaired.before, repaired.after))
        print(repaired)
        assert after < before
