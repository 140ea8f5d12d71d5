from __future__ import annotations

import inspect
import math
import warnings
from collections import Counter

import numpy as np
import pytest

from pytest_fairness.errors import ArgumentError, ArgumentTypeError, ModelError
from pytest_fairness.models.generation import generate
from pytest_fairness.models.sampling import Sampler, gumbel, keep_top
from tests.models.writers import (
    Holder,
    by_transformers,
    real_writer,
    tiny_bart,
    tiny_gpt2_writer,
    tiny_llama,
    tiny_t5,
    writing_tokenizer,
)

PROMPTS = [
    "she led a team",
    "a nurse",
    "he reads for three years and works with people",
    "they will be hired",
    "good",
    "a man and a woman of the team",
]
TEMPLATE = (
    "{% for m in messages %}{{ m.role + ' ' + m.content + ' ' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ 'doctor' }}{% endif %}"
)


@pytest.fixture(scope="module")
def llama() -> Holder:
    return Holder(tiny_llama(), writing_tokenizer())


@pytest.mark.parametrize("make", [tiny_llama, tiny_gpt2_writer, tiny_bart, tiny_t5])
def test_greedy_text_is_what_transformers_writes_one_by_one(make):
    """In one padded batch here, alone and unpadded there."""
    module, tokenizer = make(), writing_tokenizer()
    expected = [by_transformers(module, tokenizer, text, 12) for text in PROMPTS]
    written = generate(Holder(module, tokenizer), PROMPTS, temperature=0, max_new_tokens=12)
    assert [row[0] for row in written] == expected
    assert len(set(expected)) > 1


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("repetition_penalty", 1.7),
        ("no_repeat_ngram_size", 2),
        ("bad_words_ids", [[10], [11], [12, 13]]),
        ("suppress_tokens", [7, 8, 9]),
        ("begin_suppress_tokens", list(range(20))),
        ("forced_bos_token_id", 12),
        ("forced_eos_token_id", 3),
    ],
)
def test_settings_that_forbid_or_force_tokens_hold(setting, value):
    module, tokenizer = tiny_bart(), writing_tokenizer()
    module.generation_config.update(**{setting: value})
    expected = [by_transformers(module, tokenizer, text, 8) for text in PROMPTS]
    written = generate(Holder(module, tokenizer), PROMPTS, temperature=0, max_new_tokens=8)
    assert [row[0] for row in written] == expected


def test_a_penalty_for_repetition_does_not_count_padding():
    module, tokenizer = tiny_llama(), writing_tokenizer()
    module.generation_config.repetition_penalty = 1.7
    expected = [by_transformers(module, tokenizer, text, 10) for text in PROMPTS]
    written = generate(Holder(module, tokenizer), PROMPTS, temperature=0, max_new_tokens=10)
    assert [row[0] for row in written] == expected


@pytest.mark.parametrize("make", [tiny_llama, tiny_bart])
def test_samples_know_neither_batch_nor_order(make):
    module, tokenizer = make(), writing_tokenizer()
    settings = {"n": 3, "seed": 5, "max_new_tokens": 10}
    together = generate(Holder(module, tokenizer), PROMPTS, **settings)
    alone = [generate(Holder(module, tokenizer), [p], **settings)[0] for p in PROMPTS]
    small = generate(Holder(module, tokenizer, budget=1), PROMPTS[::-1], **settings)[::-1]
    assert together == alone == small
    assert len({text for row in together for text in row}) > 6


def test_a_model_that_must_not_be_padded_is_not(monkeypatch):
    module, tokenizer = tiny_llama(), writing_tokenizer()
    expected = generate(Holder(module, tokenizer), PROMPTS, n=2, max_new_tokens=6)
    forward = module.forward

    def unpadded(input_ids, attention_mask, **options):
        assert bool(attention_mask.all())
        return forward(input_ids=input_ids, attention_mask=attention_mask, **options)

    monkeypatch.setattr(module, "forward", unpadded)
    holder = Holder(module, tokenizer, padding=False)
    assert generate(holder, PROMPTS, n=2, max_new_tokens=6) == expected


@pytest.mark.parametrize("make", [tiny_llama, tiny_bart])
def test_a_model_without_a_cache_writes_the_same(make, monkeypatch):
    module, tokenizer = make(), writing_tokenizer()
    expected = generate(Holder(module, tokenizer), PROMPTS, n=2, max_new_tokens=6)
    forward = module.forward

    def forgetful(**options):
        output = forward(**options)
        output.past_key_values = None
        return output

    forgetful.__signature__ = inspect.signature(forward)
    monkeypatch.setattr(module, "forward", forgetful)
    assert generate(Holder(module, tokenizer), PROMPTS, n=2, max_new_tokens=6) == expected


def test_sample_j_is_the_same_whatever_n_is(llama):
    few = generate(llama, PROMPTS[:2], n=2, seed=1, max_new_tokens=6)
    many = generate(llama, PROMPTS[:2], n=4, seed=1, max_new_tokens=6)
    assert [row[:2] for row in many] == few


def test_equal_prompts_get_equal_texts_and_another_seed_others(llama):
    twice = generate(llama, ["a nurse", "a nurse"], n=3, seed=2, max_new_tokens=8)
    assert twice[0] == twice[1]
    assert generate(llama, ["a nurse"], n=3, seed=3, max_new_tokens=8)[0] != twice[0]


@pytest.mark.parametrize(("temperature", "top_p"), [(1.0, 1.0), (0.5, 1.0), (2.0, 0.7)])
def test_tokens_are_drawn_with_the_probabilities_of_the_model(temperature, top_p):
    """The law by hand from the logits; 4,000 draws, chi-square below its 99.9 % point."""
    import torch
    from scipy.stats import chi2

    logits = [1.0, 0.2, -0.5, 2.0, 0.9]
    law = _law(logits, temperature, top_p)
    sampler, draws = Sampler(0, temperature, top_p), 4000
    rows = torch.tensor([logits]).repeat(draws, 1)
    counts = Counter(sampler.choose(rows, range(draws), step=0).tolist())
    kept = [i for i, p in enumerate(law) if p > 0]
    assert set(counts) == set(kept)
    statistic = sum((counts[i] - draws * law[i]) ** 2 / (draws * law[i]) for i in kept)
    assert statistic < chi2.ppf(0.999, len(kept) - 1)


def _law(logits: list[float], temperature: float, top_p: float) -> list[float]:
    weights = [math.exp(x / temperature) for x in logits]
    law = [w / sum(weights) for w in weights]
    kept: list[int] = []
    for i in sorted(range(len(law)), key=lambda i: -law[i]):
        if sum(law[k] for k in kept) >= top_p:
            break
        kept.append(i)
    total = sum(law[i] for i in kept)
    return [law[i] / total if i in kept else 0.0 for i in range(len(law))]


def test_both_arms_of_a_pair_meet_the_same_chance():
    """Two laws that differ by d = 0.05 agree with probability (1 - d) / (1 + d) = 0.905 or more;
    with noise of their own they would agree in a quarter of the draws."""
    import torch

    first, second = [0.25, 0.25, 0.25, 0.25], [0.30, 0.25, 0.20, 0.25]
    sampler, draws = Sampler(seed=1), 2000
    chosen = [
        sampler.choose(torch.tensor([law]).log().repeat(draws, 1), range(draws), step=3)
        for law in (first, second)
    ]
    agreement = (chosen[0] == chosen[1]).float().mean().item()
    assert agreement > 0.905 - 3 * math.sqrt(0.905 * 0.095 / draws)


def test_noise_is_gumbel_and_depends_on_seed_sample_and_step():
    noise = gumbel(0, 0, 0, 20_000)
    assert noise.mean() == pytest.approx(np.euler_gamma, abs=4 * 1.2825 / math.sqrt(20_000))
    others = [gumbel(1, 0, 0, 8), gumbel(0, 1, 0, 8), gumbel(0, 0, 1, 8)]
    assert all(not np.array_equal(noise[:8], other) for other in others)
    assert np.array_equal(noise[:8], gumbel(0, 0, 0, 8))


def test_top_p_keeps_the_first_token_whatever_it_is():
    import torch

    kept = keep_top(torch.tensor([[0.7, 0.2, 0.1]]).log(), 0.1)
    assert kept.isfinite().tolist() == [[True, False, False]]


def test_a_text_ends_before_the_first_stop(llama):
    whole = generate(llama, PROMPTS, temperature=0, max_new_tokens=12)
    word = whole[0][0].split()[3]
    stopped = generate(llama, PROMPTS, temperature=0, max_new_tokens=12, stop=[word, "zzz"])
    for (full,), (cut,) in zip(whole, stopped, strict=True):
        assert cut == full.split(word)[0]
    assert generate(llama, PROMPTS, temperature=0, max_new_tokens=12, stop=word) == stopped


def test_a_chat_template_frames_prompts_where_there_is_one():
    module, tokenizer = tiny_llama(), writing_tokenizer(chat_template=TEMPLATE)
    framed = generate(Holder(module, tokenizer), ["she led"], temperature=0, max_new_tokens=6)
    plain = by_hand(module, tokenizer, "user she led doctor", 6)
    assert framed == [[plain]]
    with_system = generate(
        Holder(module, tokenizer), ["she led"], temperature=0, max_new_tokens=6, system="be good"
    )
    assert with_system == [[by_hand(module, tokenizer, "system be good user she led doctor", 6)]]
    bare = generate(
        Holder(module, tokenizer), ["she led"], temperature=0, max_new_tokens=6, chat=False
    )
    assert bare == [[by_transformers(module, tokenizer, "she led", 6)]]


def by_hand(module, tokenizer, text: str, tokens: int) -> str:
    """Greedy text after tokens without special ones: one whole forward pass per token."""
    import torch

    ids = tokenizer(text, add_special_tokens=False)["input_ids"]
    start = len(ids)
    with torch.inference_mode():
        for _ in range(tokens):
            ids.append(int(module(torch.tensor([ids])).logits[0, -1].argmax()))
            if ids[-1] == 3:
                break
    return tokenizer.decode(ids[start:], skip_special_tokens=True)


def test_a_missing_template_and_a_refused_system_prompt_say_what_to_do():
    holder = Holder(tiny_llama(), writing_tokenizer())
    with pytest.raises(ModelError, match=r"chat=True needs a chat template.*Leave chat"):
        generate(holder, ["a"], chat=True)
    with pytest.raises(ModelError, match="system= needs a chat template"):
        generate(holder, ["a"], system="be good")
    strict = (
        "{% if messages[0].role == 'system' %}{{ raise_exception('no system role') }}{% endif %}"
    )
    holder = Holder(tiny_llama(), writing_tokenizer(chat_template=strict))
    with pytest.raises(ModelError, match=r"refuses this conversation: no system role\. Leave sys"):
        generate(holder, ["a"], system="be good")
    with pytest.raises(ArgumentError, match="system='be good' needs a chat template, but chat=F"):
        generate(holder, ["a"], system="be good", chat=False)


def test_a_tokenizer_without_padding_and_an_empty_prompt_are_no_trouble():
    module, tokenizer = tiny_llama(), writing_tokenizer()
    tokenizer.pad_token = None
    written = generate(Holder(module, tokenizer), ["", *PROMPTS], temperature=0, max_new_tokens=5)
    expected = [by_transformers(module, tokenizer, text, 5) for text in ["", *PROMPTS]]
    assert [row[0] for row in written] == expected


def test_a_batch_that_does_not_fit_is_halved(llama, monkeypatch):
    expected = generate(llama, PROMPTS, n=2, max_new_tokens=6)
    forward, sizes = llama.module.forward, []

    def tight(input_ids, **options):
        sizes.append(len(input_ids))
        if len(input_ids) > 4:
            raise RuntimeError("CUDA error: out of memory")
        return forward(input_ids=input_ids, **options)

    tight.__signature__ = inspect.signature(forward)
    monkeypatch.setattr(llama.module, "forward", tight)
    assert generate(llama, PROMPTS, n=2, max_new_tokens=6) == expected
    assert max(sizes) > 4


def test_a_prompt_that_leaves_no_room_is_refused(llama):
    with pytest.raises(
        ArgumentError, match=r"prompts\[1\]='team team.*62 tokens, but tiny reads 64"
    ):
        generate(llama, ["good", "team " * 61], max_new_tokens=10)


@pytest.mark.parametrize(
    ("settings", "kind", "message"),
    [
        ({"n": 0}, ArgumentError, "n=0 must be a whole number of 1 or more"),
        ({"n": 2.5}, ArgumentTypeError, "n=2.5 must be a whole number"),
        ({"seed": -1}, ArgumentError, "seed=-1 must be"),
        ({"max_new_tokens": 0}, ArgumentError, "max_new_tokens=0 must be"),
        ({"temperature": -0.1}, ArgumentError, r"temperature=-0.1 must be 0 \(greedy\)"),
        ({"temperature": math.nan}, ArgumentError, "temperature=nan"),
        ({"top_p": 0}, ArgumentError, r"top_p=0 must lie in \(0, 1\]"),
        ({"stop": ["a", ""]}, ArgumentError, "stop=.* at least one character"),
        ({"n": 2, "temperature": 0}, ArgumentError, "would write 2 equal texts"),
    ],
)
def test_settings_that_cannot_be_followed_are_named(llama, settings, kind, message):
    with pytest.raises(kind, match=message):
        generate(llama, ["a"], **settings)


def test_no_prompts_give_no_texts(llama):
    assert generate(llama, []) == []


def test_training_goes_on_as_it_was(llama):
    llama.module.train()
    try:
        generate(llama, ["a nurse"], max_new_tokens=2)
        assert llama.module.training
    finally:
        llama.module.eval()


def test_smollm2_answers_in_chat_as_transformers_does(smollm2):
    import torch

    holder = real_writer(smollm2)
    questions = ["What is the capital of France?", "Name a colour."]
    written = generate(holder, questions, temperature=0, max_new_tokens=10)
    assert written[0] == ["The capital of France is Paris."]
    asked = holder.tokenizer.apply_chat_template(
        [{"role": "user", "content": questions[1]}],
        add_generation_prompt=True,
        return_tensors="pt",
        return_dict=True,
    )
    with warnings.catch_warnings(), torch.inference_mode():
        warnings.simplefilter("ignore")
        whole = holder.module.generate(**asked, do_sample=False, max_new_tokens=10)[0]
    new = whole[asked["input_ids"].shape[1] :]
    assert written[1] == [holder.tokenizer.decode(new, skip_special_tokens=True)]


def test_prompts_of_one_stream_meet_the_same_chance_and_of_others_another(llama):
    options = {"n": 3, "max_new_tokens": 8}
    prompts = ["a nurse", "a nurse", "a nurse", "he reads"]
    written = generate(llama, prompts, streams=[7, 7, 8, 8], **options)
    assert written[0] == written[1] != written[2]
    alone = generate(llama, prompts[2:], streams=[8, 8], **options)
    assert written[2:] == alone
    assert generate(llama, prompts, **options)[0] == generate(llama, prompts, **options)[2]


@pytest.mark.parametrize("streams", [[0], [0, -1], [0, 1.5]])
def test_streams_that_cannot_be_followed_are_named(llama, streams):
    with pytest.raises((ArgumentError, ArgumentTypeError), match="stream"):
        generate(llama, ["good", "bad"], streams=streams, max_new_tokens=4)
