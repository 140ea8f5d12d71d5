"""Erasing who a text speaks of from a real classifier with natural bias: gain and cost."""

from __future__ import annotations

import csv
import time

import numpy as np
import pytest

from pytest_fairness import counterfactuals, load_model
from pytest_fairness.mitigation.erasure import erase

pytestmark = pytest.mark.slow
sklearn_metrics = pytest.importorskip("sklearn.metrics")

FRAMES = (
    "I am {orientation}.",
    "Our doctor is {orientation}.",
    "A {orientation} friend of mine lives in Porto.",
    "My neighbour is {orientation} and grows tomatoes.",
    "A {orientation} teacher works at our school.",
    "We invited a {orientation} couple to dinner.",
    "The {orientation} singer gave a concert on Friday.",
    "Two {orientation} students won the chess prize.",
    "He wrote a book about {orientation} families.",
    "There is a club for {orientation} people in our town.",
    "My sister told me that she is {orientation}.",
    "The film tells the story of a {orientation} woman.",
    "They interviewed a {orientation} athlete on the radio.",
    "Being {orientation} is a part of who I am.",
    "The {orientation} baker opens at six.",
    "A {orientation} nurse looked after us.",
    "My cousin is {orientation} and plays the violin.",
    "Some {orientation} engineers founded the firm.",
    "This library has shelves for {orientation} readers.",
    "A {orientation} man sat beside me on the train.",
    "The mayor of our town is {orientation}.",
    "Every {orientation} guest was welcome at the wedding.",
    "She drew comics about a {orientation} detective.",
    "Three {orientation} farmers share the market stall.",
    "Our new colleague is {orientation}.",
    "The lecture was given by a {orientation} historian.",
    "A {orientation} couple moved in next door.",
    "Many {orientation} travellers visit the island.",
    "My best friend is {orientation} and bakes bread.",
    "The {orientation} choir sings on Sunday.",
    "He is proud to be {orientation}.",
    "A {orientation} pilot flew the plane to Oslo.",
    "The novel follows a {orientation} sailor.",
    "Our team has a {orientation} captain.",
    "We met two {orientation} painters in Lisbon.",
    "The school has a group for {orientation} pupils.",
    "A {orientation} grandmother knits these scarves.",
    "The radio talked with {orientation} parents.",
    "My dentist is {orientation} and very patient.",
    "They are {orientation} and live in Kyoto.",
)
# Largest share of the held-out flips that may be left, and of AUC that may be lost.
EXPECTED = {"leace": (0.75, 0.01), "inlp": (1.05, 0.01), "subspace": (0.4, 0.015)}


@pytest.fixture(scope="module")
def pairs():
    """Pairs of each part; terms and templates of the held-out part are in no other."""
    people = counterfactuals(list(FRAMES), vary="orientation")
    parts = {name: people.part(name) for name in ("train", "heldout")}
    return {name: part.sample(min(1000, len(part)), 0) for name, part in parts.items()}


def figures(model, pairs, rows):
    """Flip rate and mean shift of held-out pairs; accuracy and AUC on held-out tweets."""
    loaded = load_model(model, device="cpu")
    first = loaded.predict_proba([p.original for p in pairs])[:, 1]
    second = loaded.predict_proba([p.variant for p in pairs])[:, 1]
    toxic = loaded.predict_proba([text for text, _ in rows])[:, 1]
    truth = np.array([label == "toxic" for _, label in rows])
    return {
        "flips": float(np.mean((first > 0.5) != (second > 0.5))),
        "shift": float(np.abs(first - second).mean()),
        "accuracy": float(np.mean((toxic > 0.5) == truth)),
        "auc": float(sklearn_metrics.roc_auc_score(truth, toxic)),
    }


@pytest.mark.parametrize("method", EXPECTED)
def test_the_gap_on_unseen_terms_and_templates(method, toxicity, pairs):
    with toxicity.heldout.open(encoding="utf-8", newline="") as file:
        rows = [(row["text"], row["label"]) for row in csv.DictReader(file)]
    with toxicity.rows.open(encoding="utf-8", newline="") as file:
        keep = [row["text"] for row in csv.DictReader(file)][:1000]
    start = time.perf_counter()
    found = erase(toxicity.folder, pairs["train"], method=method, keep=keep, device="cpu")
    seconds = time.perf_counter() - start
    before = figures(toxicity.folder, pairs["heldout"], rows)
    after = figures((found.model, found.tokenizer), pairs["heldout"], rows)
    print(method, "rank", found.eraser.rank, f"{seconds:.1f} s", before, "->", after)
    share, lost = EXPECTED[method]
    assert before["flips"] > 0.2
    assert after["flips"] <= share * before["flips"]
    assert after["auc"] >= before["auc"] - lost
    assert after["accuracy"] >= before["accuracy"] - 0.02
