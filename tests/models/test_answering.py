"""Extractive answers and choices against loops over plain transformers, one at a time."""

from __future__ import annotations

import math

import numpy as np
import pytest

from pytest_fairness import load_model
from pytest_fairness.errors import ArgumentError, FairnessWarning, ModelError
from tests.models.builders import save
from tests.models.taggers import OTHER, SEEN, SENTENCES, loud, pieces_tokenizer, tiny

CONTEXTS = [
    f"{s.replace('{name}', a)} {t.replace('{name}', b)}"
    for s, t, a, b in zip(SENTENCES, SENTENCES[::-1], SEEN, OTHER, strict=False)
]
QUESTIONS = ["Who came?", "Who left?", "Who is a doctor?", "Did we meet?", "Who?", "Where?"]


@pytest.fixture(scope="module")
def tokenizer():
    return pieces_tokenizer([*CONTEXTS, *QUESTIONS])


@pytest.fixture(scope="module")
def answerer(tokenizer):
    module = loud(tiny("BertForQuestionAnswering", tokenizer))
    return load_model((module, tokenizer), batch_tokens=256)


@pytest.fixture(scope="module")
def chooser(tokenizer):
    module = loud(tiny("BertForMultipleChoice", tokenizer))
    return load_model((module, tokenizer), batch_tokens=256)


def slow_answer(module, tokenizer, question, context):
    """Every pair of tokens, one by one: characters, probability, that of no answer."""
    import torch

    encoded = tokenizer(question, context, return_offsets_mapping=True, return_tensors="pt")
    offsets = encoded.pop("offset_mapping")[0].tolist()
    with torch.inference_mode():
        out = module(**encoded)
    start, end = out.start_logits[0].double().tolist(), out.end_logits[0].double().tolist()
    own = [i for i, s in enumerate(encoded.sequence_ids(0)) if s == 1]
    pairs = [(i, j) for i in own for j in own if i <= j < i + 30]
    first, last = max(pairs, key=lambda p: start[p[0]] + end[p[1]])
    weights = [sum(math.exp(side[i]) for i in [0, *own]) for side in (start, end)]
    words = encoded.word_ids(0)
    begin = min(o[0] for i, o in enumerate(offsets) if i in own and words[i] == words[first])
    stop = max(o[1] for i, o in enumerate(offsets) if i in own and words[i] == words[last])
    score = math.exp(start[first] + end[last]) / weights[0] / weights[1]
    none = math.exp(start[0] + end[0]) / weights[0] / weights[1]
    return begin, stop, score, none


def test_answers_are_those_of_a_slow_loop(answerer, tokenizer):
    found = answerer.answer(QUESTIONS, CONTEXTS)
    for question, context, answer in zip(QUESTIONS, CONTEXTS, found, strict=True):
        begin, stop, score, none = slow_answer(answerer.module, tokenizer, question, context)
        assert (answer.start, answer.end) == (begin, stop)
        assert answer.text == context[begin:stop]
        assert answer.score == pytest.approx(score, abs=1e-4)
        assert answer.no_answer == pytest.approx(none, abs=1e-4)
    assert len({answer.text for answer in found}) > 2


def test_the_empty_answer_is_given_where_it_is_likelier(answerer, tokenizer):
    plain = answerer.answer(QUESTIONS, CONTEXTS)
    either = answerer.answer(QUESTIONS, CONTEXTS, impossible=True)
    for a, b in zip(plain, either, strict=True):
        assert b.text == ("" if a.no_answer > a.score else a.text)
    module = tiny("BertForQuestionAnswering", tokenizer)
    pointing_at_nothing(module)
    sure = load_model((module, tokenizer)).answer(["Who?"], ["We met."], impossible=True)[0]
    assert (sure.text, sure.start, sure.end) == ("", 0, 0)
    assert sure.no_answer > 0.99


def pointing_at_nothing(module):
    """Make the head answer with the first token of the sequence, whatever the text."""
    import torch

    with torch.no_grad():
        embeddings = module.bert.embeddings
        embeddings.position_embeddings.weight.zero_()
        embeddings.position_embeddings.weight[0, 0] = 100.0
        for layer in module.bert.encoder.layer:
            layer.attention.output.dense.weight.zero_()
            layer.output.dense.weight.zero_()
        module.qa_outputs.weight.zero_()
        module.qa_outputs.weight[:, 0] = 10.0


def test_a_long_context_is_read_to_its_end(answerer, tokenizer):
    """The best of all windows, by the sum of logits, from a loop over the windows."""
    context, question = " ".join(CONTEXTS * 3), "Who is a doctor?"
    frame = len(tokenizer(question)["input_ids"]) + 1
    n = len(tokenizer(context, add_special_tokens=False, verbose=False)["input_ids"])
    room = 64 - frame
    starts = [*range(0, n - room, room // 2), n - room]
    best = max(slow_window(answerer.module, tokenizer, question, context, s, room) for s in starts)
    found = answerer.answer([question], [context])[0]
    assert n > 3 * room
    assert found.start <= best[1] < best[2] <= found.end
    assert found.score == pytest.approx(best[3], abs=1e-4)


def slow_window(module, tokenizer, question, context, begin, room):
    import torch

    ask = tokenizer(question)["input_ids"]
    text = tokenizer(context, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
    ids = [*ask, *text["input_ids"][begin : begin + room], tokenizer.sep_token_id]
    types = [0] * len(ask) + [1] * (room + 1)
    with torch.inference_mode():
        out = module(input_ids=torch.tensor([ids]), token_type_ids=torch.tensor([types]))
    start, end = (x[0, len(ask) : -1].double() for x in (out.start_logits, out.end_logits))
    pairs = [(i, j) for i in range(room) for j in range(i, min(room, i + 30))]
    i, j = max(pairs, key=lambda p: float(start[p[0]] + end[p[1]]))
    zs = [
        float(torch.cat([side[0, :1].double(), own]).exp().sum())
        for side, own in ((out.start_logits, start), (out.end_logits, end))
    ]
    logit = float(start[i] + end[j])
    offsets = text["offset_mapping"]
    return logit, offsets[begin + i][0], offsets[begin + j][1], math.exp(logit) / zs[0] / zs[1]


def test_bad_questions_are_named(answerer):
    assert answerer.answer([], []) == []
    with pytest.raises(ArgumentError, match="2 questions and 1 contexts"):
        answerer.answer(["a", "b"], ["c"])
    with pytest.raises(ArgumentError, match=r"contexts\[0\] is blank"):
        answerer.answer(["a"], [" "])
    with pytest.raises(ArgumentError, match="leaves no room for the text"):
        answerer.answer([" ".join(QUESTIONS * 5)], [CONTEXTS[0]])


def test_no_answer_needs_a_token_to_point_at():
    from transformers import GPT2Config, GPT2ForQuestionAnswering

    from tests.models.languages import byte_level

    tokenizer = byte_level()
    config = GPT2Config(
        vocab_size=len(tokenizer), n_embd=16, n_layer=1, n_head=2, n_positions=64,
        bos_token_id=0, eos_token_id=0,
    )  # fmt: skip
    model = load_model((GPT2ForQuestionAnswering(config).eval(), tokenizer))
    assert math.isnan(model.answer(["Who?"], ["We met her."])[0].no_answer)
    with pytest.raises(ModelError, match="cannot say that there is no answer"):
        model.answer(["Who?"], ["We met her."], impossible=True)


def slow_choice(module, tokenizer, prompt, options):
    """All options of a question in one call, as transformers expects them."""
    import torch

    encoded = tokenizer([prompt] * len(options), options, return_tensors="pt", padding=True)
    with torch.inference_mode():
        return module(**{k: v[None] for k, v in encoded.items()}).logits[0].numpy()


def test_choices_are_those_of_a_slow_loop(chooser, tokenizer):
    options = [["A nurse.", "The doctor"], ["Rome", "Oslo today", "the letter"], ["Rome"]]
    prompts = CONTEXTS[:3]
    scores = chooser.choice_scores(prompts, options)
    for prompt, row, found in zip(prompts, options, scores, strict=True):
        expected = slow_choice(chooser.module, tokenizer, prompt, row)
        np.testing.assert_allclose(found, expected, atol=1e-4)
    chosen = chooser.choose(prompts, options)
    assert chosen.tolist() == [int(np.argmax(row)) for row in scores]
    assert chooser.choose(["We met."], ["Rome", "Oslo"]).shape == (1,)
    assert chooser.choice_scores([], []) == []


def test_the_order_of_options_does_not_matter_to_such_a_model(chooser):
    options = ["A nurse.", "The doctor", "Rome"]
    there = chooser.choice_scores(["Who came?"], options)[0]
    back = chooser.choice_scores(["Who came?"], options[::-1])[0]
    np.testing.assert_array_equal(there, back[::-1])


def test_choices_that_are_cut_are_told_of(chooser):
    with pytest.warns(FairnessWarning, match="were cut at 64 tokens"):
        chooser.choose([" ".join(CONTEXTS)], ["Rome", "Oslo"])


@pytest.mark.parametrize(
    ("kind", "name"),
    [("BertForQuestionAnswering", "answerer"), ("BertForMultipleChoice", "multiple-choice")],
)
def test_folders_are_loaded_as_what_they_were_saved_for(kind, name, tokenizer, tmp_path):
    model = load_model(save(tmp_path / "model", tiny(kind, tokenizer), tokenizer), device="cpu")
    assert name in model.info.kind
    assert model.info.fingerprint
    model.close()
    with pytest.raises(ModelError, match="was closed"):
        _ = model.module
