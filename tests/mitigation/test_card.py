"""What comes out beside the weights: the card, other attributes, and skills."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import log_loss, roc_auc_score

from pytest_fairness import counterfactuals, load_model
from pytest_fairness.mitigation.attempts import Attempt
from pytest_fairness.mitigation.card import write_card
from pytest_fairness.mitigation.config import METHODS
from pytest_fairness.mitigation.data import Labelled
from pytest_fairness.mitigation.kinds.classifiers import CLASSIFIERS
from pytest_fairness.mitigation.result import MitigationResult
from pytest_fairness.mitigation.side_effects import measure_side_effects, other_pairs
from pytest_fairness.mitigation.skills import measure_skills
from pytest_fairness.mitigation.utility import Utility

RESULT = MitigationResult(
    met=True,
    reason="",
    method="lora",
    utility=Utility("accuracy", 0.9, 0.9, 500, margin=0.02),
    attempts=(Attempt("lora", "repaired", ""),),
)


OLD = "## Fairness\n\nThis model was repaired with pytest-fairness by magic. Of old.\n"


def test_a_card_keeps_what_it_said_and_replaces_what_an_earlier_repair_said(tmp_path):
    source, target = tmp_path / "before", tmp_path / "after"
    source.mkdir()
    target.mkdir()
    (source / "README.md").write_text(f"# Filter\n\nIt filters.\n\n{OLD}\n## Licence\n\nMIT\n")
    write_card(RESULT, source, target, "pytest-fairness mitigate tests --out after")
    text = (target / "README.md").read_text("utf-8")
    assert text.startswith("# Filter\n\nIt filters.\n\n## Fairness\n\nThis model was repaired")
    assert text.endswith("\n## Licence\n\nMIT\n")
    assert "Of old" not in text
    assert "at most 0.006 lost" in text
    assert "`pytest-fairness mitigate tests --out after`" in text


FENCED = "```bash\n# Of a card:\n## Fairness\n```\n"
CARDS = {
    "alone": OLD.encode(),
    "other letters": f"Gr\xfc\xdfe\n\n{OLD}".encode("latin-1"),
    "a mark of UTF-8": OLD.encode("utf-8-sig"),
    "UTF-16": OLD.encode("utf-16"),
    "lines of Windows": OLD.replace("\n", "\r\n").encode(),
    "a closed heading": OLD.replace("ss\n", "ss ## \n").encode(),
    "two of them": f"{OLD}\n{OLD}".encode(),
    "code in it": f"{OLD}\n{FENCED}".encode(),
}


def card_after(content, tmp_path, command=None):
    source = tmp_path / "before"
    source.mkdir()
    (source / "README.md").write_bytes(content)
    write_card(RESULT, source, tmp_path, command)
    return (tmp_path / "README.md").read_text("utf-8")


@pytest.mark.parametrize("card", CARDS)
def test_a_section_ends_where_any_other_begins(card, tmp_path):
    encoding = "utf-16-le" if card == "UTF-16" else "utf-8"
    text = card_after(CARDS[card] + "\n# Another\n\nOf it.\n".encode(encoding), tmp_path)
    assert text.count("## Fairness") == 1
    assert "Of old" not in text
    assert "Of a card" not in text
    assert text.endswith("\n\n# Another\n\nOf it.\n")


def test_what_others_wrote_stays(tmp_path):
    own = f"# Filter\n\n{FENCED}\n## Fairness\n\nWe asked users.\n"
    text = card_after(own.encode(), tmp_path)
    assert text.startswith(f"{own}\n## Fairness\n\nThis model was repaired")


@pytest.mark.parametrize(
    ("command", "shown"),
    [("x", "`x`"), ("mitigate `x`", "`` mitigate `x` ``"), ("a``b", "``` a``b ```")],
)
def test_a_command_is_shown_letter_by_letter(command, shown, tmp_path):
    assert f"Made by {shown}. To make" in card_after(b"", tmp_path, command)


@pytest.mark.parametrize("method", METHODS)
def test_every_method_has_its_words(method, tmp_path):
    write_card(replace(RESULT, method=method), tmp_path / "nowhere", tmp_path, None)
    assert f"(`{method}`) from `" in (tmp_path / "README.md").read_text("utf-8")


def test_a_model_without_a_card_gets_one(tmp_path):
    write_card(RESULT, tmp_path / "nowhere", tmp_path, None)
    text = (tmp_path / "README.md").read_text("utf-8")
    assert text.startswith(f"# {tmp_path.name}\n\n## Fairness\n")
    assert "for no others" in text


@pytest.fixture(scope="module")
def space():
    frames = ("is my friend", "sings well", "lives here", "wrote a book", "came", "left")
    return counterfactuals([f"A {{religion}} person {f}." for f in frames], vary="religion")


def test_other_attributes_stand_in_held_out_templates_only(space):
    pairs = other_pairs([space], seed=0)
    assert "orientation" in pairs
    assert "religion" not in pairs
    heldout = {pair.source for pair in space.part("heldout")}
    assert {pair.source for some in pairs.values() for pair in some} <= heldout


def test_attributes_with_forms_of_their_own_have_others_too():
    frames = ("是我的朋友", "爱唱歌", "住在这里", "写了一本书", "来了", "走了")
    space = counterfactuals([f"这位{{region}}{f}。" for f in frames], vary="region", language="zh")
    assert {"religion", "nationality"} <= other_pairs([space], seed=0).keys()


def test_what_a_repair_does_to_others_is_measured(space):
    pairs = other_pairs([space], seed=0)
    word = pairs["orientation"][0].terms[0]
    before = load_model(lambda texts: [0.5] * len(texts))
    after = load_model(lambda texts: [0.9 if word in text else 0.5 for text in texts])
    found = {e.attribute: e for e in measure_side_effects(before, after, pairs, CLASSIFIERS.shift)}
    hit = [(word in p.original) != (word in p.variant) for p in pairs["orientation"]]
    assert found["orientation"].before == 0
    assert found["orientation"].after == pytest.approx(0.4 * np.mean(hit))
    assert np.mean(hit) > 0


def test_skills_are_those_of_scikit_learn():
    rng = np.random.default_rng(0)
    texts, truth = [str(i) for i in range(300)], rng.integers(2, size=300)
    scores = np.clip(0.3 * truth + rng.uniform(0.1, 0.6, size=300), 0, 1)
    said = dict(zip(texts, scores, strict=True))
    model = load_model(lambda some: [said[text] for text in some])
    found = {s.name: s.after for s in measure_skills(model, model, Labelled(texts, truth))}
    assert found["AUC"] == pytest.approx(roc_auc_score(truth, scores))
    assert found["log loss"] == pytest.approx(log_loss(truth, scores))
    assert measure_skills(model, model, Labelled(texts, np.eye(2)[truth])) == ()
