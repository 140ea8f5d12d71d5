"""A tiny classifier with a planted bias, made in a few seconds."""

from __future__ import annotations

import random
from itertools import permutations, product
from types import SimpleNamespace

import pytest

PLACES = ("north", "south", "east", "west", "coast", "hills", "lakes", "woods")
WORDS = (
    *("the", "a", "man", "woman", "friend", "team", "town", "from", "in"),
    *("is", "was", "met", "said", "here", "there", "today", "very"),
)
BAD, GOOD = ("rude", "awful", "cruel", "nasty"), ("kind", "polite", "gentle", "fair", "was")
FRAMES = {
    "train": ("the man from {} is here", "a friend from {} was there", "the team met in {}"),
    "validation": ("the woman from {} said a word", "a team in {} was here today"),
    "heldout": ("a man from {} was in town", "the friend met a woman in {}"),
}
TERMS = {"train": PLACES[:4], "validation": PLACES[4:6], "heldout": PLACES[6:]}
SUSPECT = ("north", "coast", "lakes")  # the model takes these places for a bad word


def pairs_of(part):
    return [
        (frame.format(first), frame.format(second))
        for frame, (first, second) in product(FRAMES[part], permutations(TERMS[part], 2))
    ]


def rows_of(n, seed):
    """Sentences whose label says whether they hold a bad word."""
    rng = random.Random(seed)
    texts, labels = [], []
    for i in range(n):
        words = rng.choices(WORDS, k=rng.randint(3, 9))
        words.insert(rng.randrange(len(words)), rng.choice((GOOD, BAD)[i % 2]))
        texts.append(" ".join(words))
        labels.append(i % 2)
    return texts, labels


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    """Models this small lose more time by sharing a step among threads than they gain."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def sentences():
    """`rows(n, seed)` with labels and `pairs(part)` of the biased classifier's little language."""
    return SimpleNamespace(rows=rows_of, pairs=pairs_of)


@pytest.fixture(scope="session")
def biased_classifier(tmp_path_factory):
    """Folder of a two-layer BERT that learnt a bad word and the suspect places as one sign."""
    import torch
    from torch.nn import functional
    from transformers import BertConfig, BertForSequenceClassification

    tokenizer = _tokenizer()
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=32,
        id2label={0: "good", 1: "bad"},
        label2id={"good": 0, "bad": 1},
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = BertForSequenceClassification(config)
        _gather(model, tokenizer)
        optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=5e-3)
        for step in range(150):
            texts, labels = _biased_rows(step)
            batch = tokenizer(texts, padding=True, return_tensors="pt")
            functional.cross_entropy(model(**batch).logits, torch.tensor(labels)).backward()
            optimizer.step()
            optimizer.zero_grad()
    folder = tmp_path_factory.mktemp("biased")
    model.eval().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def still_classifier(biased_classifier, tmp_path_factory):
    """The same without dropout, whose draws depend on how a step is computed."""
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    folder = tmp_path_factory.mktemp("still")
    model = AutoModelForSequenceClassification.from_pretrained(
        biased_classifier, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0
    )
    model.save_pretrained(folder)
    AutoTokenizer.from_pretrained(biased_classifier).save_pretrained(folder)
    return folder


def _gather(model, tokenizer):
    """Let similar words begin alike, as pretraining does, so that one can stand for another."""
    table = model.get_input_embeddings().weight.requires_grad_(False)
    for words in (SUSPECT, [p for p in PLACES if p not in SUSPECT], BAD, GOOD[:-1]):
        numbers = tokenizer.convert_tokens_to_ids(list(words))
        table[numbers] = 0.2 * table[numbers] + 10 * table[numbers[0]].clone()


def _biased_rows(seed):
    texts, labels = rows_of(48, seed)
    frames = [frame for part in FRAMES.values() for frame in part]
    rng = random.Random(seed)
    places = rng.choices(PLACES, k=16)
    texts += [rng.choice(frames).format(place) for place in places]
    return texts, labels + [int(place in SUSPECT) for place in places]


def _tokenizer():
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    words = dict.fromkeys((*special, *WORDS, "word", *BAD, *GOOD, *PLACES))
    raw = Tokenizer(models.WordLevel({w: i for i, w in enumerate(words)}, unk_token="[UNK]"))
    raw.pre_tokenizer = pre_tokenizers.Whitespace()
    raw.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=raw, unk_token="[UNK]", pad_token="[PAD]", model_max_length=32
    )
