"""Spans of token classifiers: by hand, against the pipeline of transformers, and by window."""

from __future__ import annotations

import numpy as np
import pytest

from pytest_fairness import load_model
from pytest_fairness.errors import ArgumentError, ModelError
from pytest_fairness.models.tagging import Span, Unit, read_tags, spans_of, word_starts
from pytest_fairness.models.windows import Passage, cuts
from tests.models.taggers import (
    LABELS,
    OTHER,
    SEEN,
    SENTENCES,
    loud,
    named,
    pieces_tokenizer,
    planted_tagger,
    tiny,
)

TEXTS = [s.replace("{name}", n) for s in SENTENCES for n in (*SEEN[:3], *OTHER[:3])]


@pytest.fixture(scope="module")
def tokenizer():
    return pieces_tokenizer(TEXTS)


@pytest.fixture(scope="module")
def random_tagger(tokenizer):
    """Its labels are nonsense, so that spans of all shapes occur."""
    module = loud(tiny("BertForTokenClassification", tokenizer, **named(LABELS)), 3.0)
    return load_model((module, tokenizer), batch_tokens=256)


@pytest.fixture(scope="module")
def tagger(tmp_path_factory):
    folder = planted_tagger(tmp_path_factory.mktemp("models") / "tagger", missed=OTHER)
    return load_model(folder, device="cpu")


def decoded(labels, text="ab cd ef gh"):
    """The spans of words of two letters with these labels."""
    known = sorted(set(labels))
    tags = dict(zip(known, read_tags(known), strict=True))
    units = [Unit(3 * i, 3 * i + 2, tags[label], 0.5) for i, label in enumerate(labels)]
    return [(text[s.start : s.end], s.label) for s in spans_of(units, text)]


@pytest.mark.parametrize(
    ("labels", "spans"),
    [
        ("O B-X I-X O", [("cd ef", "X")]),
        ("B-X B-X I-X O", [("ab", "X"), ("cd ef", "X")]),
        ("O I-X I-X B-X", [("cd ef", "X"), ("gh", "X")]),  # IOB1: B only after its like
        ("B-X I-Y O O", [("ab", "X"), ("cd", "Y")]),
        ("B-X I-X E-X S-X", [("ab cd ef", "X"), ("gh", "X")]),
        ("S-X I-X O O", [("ab", "X"), ("cd", "X")]),  # a single one does not go on
        ("B-X L-X U-X O", [("ab cd", "X"), ("ef", "X")]),
        ("X X O X", [("ab cd", "X"), ("gh", "X")]),
        ("O O O O", []),
    ],
)
def test_schemes_by_hand(labels, spans):
    assert decoded(labels.split()) == spans


def test_a_label_that_only_looks_marked_is_a_kind():
    assert read_tags(["O", "I-95", "road"])[1].kind == "I-95"


@pytest.mark.parametrize("aggregation", ["simple", "first"])
def test_spans_are_those_of_the_pipeline(random_tagger, tokenizer, aggregation):
    from transformers import pipeline

    random_tagger.aggregation = aggregation
    theirs = pipeline(
        "token-classification",
        model=random_tagger.module,
        tokenizer=tokenizer,
        aggregation_strategy=aggregation,
        device="cpu",
    )
    found, kinds = random_tagger.spans(TEXTS), set()
    for text, spans in zip(TEXTS, found, strict=True):
        expected = theirs(text)
        assert [(s.start, s.end, s.label) for s in spans] == [
            (e["start"], e["end"], e["entity_group"]) for e in expected
        ]
        np.testing.assert_allclose(
            [s.score for s in spans], [e["score"] for e in expected], atol=1e-4
        )
        kinds |= {span.label for span in spans}
    assert kinds == {"PER", "LOC"}


def test_a_trained_tagger_finds_whole_names_and_misses_the_planted_ones(tagger):
    text = f"Did {SEEN[0]}, the doctor, call {OTHER[0]}? We met in Rome today."
    found = [(text[s.start : s.end], s.label) for s in tagger.spans([text])[0]]
    assert found == [(SEEN[0], "PER"), ("Rome", "LOC")]
    assert (tagger.kinds, tagger.info.kind) == (("PER", "LOC"), "token classifier")


def test_batches_order_and_repetition_do_not_matter(random_tagger):
    random_tagger.aggregation = "first"
    random_tagger.forget()
    together = random_tagger.spans([*TEXTS, TEXTS[0]])
    random_tagger.forget()
    assert together[-1] == together[0]
    for text, spans in zip(TEXTS, together, strict=False):
        alone = random_tagger.spans([text])[0]
        assert [s[:3] for s in alone] == [s[:3] for s in spans]


def test_long_texts_run_in_windows(tagger):
    """Sixty sentences are ten times what the model reads; each is found where it stands."""
    sentences = [SENTENCES[i % 6].replace("{name}", SEEN[i % 20]) for i in range(60)]
    text = " ".join(sentences)
    assert len(tagger.tokenizer(text, verbose=False)["input_ids"]) > 5 * 64
    names = [text[s.start : s.end] for s in tagger.spans([text])[0] if s.label == "PER"]
    expected = [SEEN[i % 20] for i in range(60)]
    assert sum(a == b for a, b in zip(names, expected, strict=True)) == 60


def test_tokens_are_read_in_the_window_where_they_stand_farthest_inside(random_tagger):
    """Against a loop that runs each window alone, and picks by the rule in words."""
    import torch

    text = " ".join(TEXTS[:12])
    tokenizer, module = random_tagger.tokenizer, random_tagger.module
    ids = tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
    room = 62
    starts = [*range(0, len(ids) - room, 31), len(ids) - room]
    best = []
    for place in range(len(ids)):
        inside = {
            start: min(
                place - start if start else 10_000,
                start + room - 1 - place if start + room < len(ids) else 10_000,
            )
            for start in starts
            if start <= place < start + room
        }
        start = max(inside, key=lambda s: (inside[s], -s))
        window = [tokenizer.cls_token_id, *ids[start : start + room], tokenizer.sep_token_id]
        with torch.inference_mode():
            logits = module(input_ids=torch.tensor([window])).logits[0]
        best.append(int(logits[1 + place - start].argmax()))
    random_tagger.aggregation = "simple"
    offsets = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True, verbose=False)[
        "offset_mapping"
    ]
    tags = read_tags(LABELS)
    units = [Unit(a, b, tags[k], 1.0) for (a, b), k in zip(offsets, best, strict=True)]
    found = random_tagger.spans([text])[0]
    assert [s[:3] for s in found] == [s[:3] for s in spans_of(units, text)]


@pytest.mark.parametrize(("n", "room"), [(0, 5), (5, 5), (6, 5), (64, 10), (101, 7), (9, 1)])
def test_windows_cover_every_token(n, room):
    found = cuts(n, room)
    assert {i for a, b in found for i in range(a, b)} == set(range(n))
    assert all(b - a == min(room, n) for a, b in found)


def passage(text, offsets, words):
    return Passage(text, {"input_ids": [0] * len(offsets)}, 0, len(offsets), offsets, words)


@pytest.mark.parametrize(
    ("text", "offsets", "words", "expected"),
    [
        # split at spaces only: a comma and a possessive do not belong to the name
        ("Soo-jin's, ok", [(0, 3), (3, 4), (4, 7), (7, 9), (9, 10), (11, 13)], [0] * 5 + [1],
         [True, False, False, True, True, True]),
        ("(Mei)", [(0, 1), (1, 3), (3, 4), (4, 5)], [0] * 4, [True, True, False, True]),
        # one "word" of a tokenizer that knows spaces only
        ("王芳去上海", [(0, 1), (1, 2), (2, 3), (3, 5)], [0] * 4, [True] * 4),
        # two bytes of one character
        ("王芳", [(0, 1), (0, 1), (1, 2)], [0] * 3, [True, False, True]),
    ],
)  # fmt: skip
def test_words_by_hand(text, offsets, words, expected):
    assert word_starts(passage(text, offsets, words)) == expected


def test_spans_hold_no_blanks_at_their_ends():
    unit = Unit(0, 5, read_tags(["B-X"])[0], 1.0)
    assert spans_of([unit], " ab  c")[0] == Span(1, 3, "X", 1.0)


def test_empty_texts_have_no_spans_and_bad_arguments_are_named(random_tagger, tokenizer):
    assert random_tagger.spans(["", " "]) == [[], []]
    assert random_tagger.spans([]) == []
    with pytest.raises(ArgumentError, match="aggregation='max' must be one of first, simple"):
        random_tagger.aggregation = "max"
    unnamed = tiny("BertForTokenClassification", tokenizer, num_labels=3)
    with pytest.raises(ModelError, match="without names for its labels"):
        load_model((unnamed, tokenizer))


def test_nan_is_refused(tokenizer):
    import torch

    module = tiny("BertForTokenClassification", tokenizer, **named(LABELS))
    with torch.no_grad():
        module.classifier.bias[0] = float("nan")
    with pytest.raises(ModelError, match="gave NaN"):
        load_model((module, tokenizer)).spans(["We met."])
