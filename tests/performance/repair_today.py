"""What a user would do today against a classifier that takes who people are for a sign.

Each is a method as the registry's are, so that all learn from the same parts and are judged alike:

- counterfactual data augmentation of the training rows, and the Trainer of transformers as it is
  set by default, for one epoch;
- fairlearn's adversarial classifier and its ThresholdOptimizer, and inFairness's SenSeI, on what
  the classifier's head reads, frozen.

The last three need rows of every group with both labels, which tweets lack. They get more than a
user would have: each ground's training sentences as rows that are not toxic, and in front of
tweets, whose label stays. Where groups must be known to predict, they are read by training terms,
and a rule that draws its decisions is scored by its chance of each, which is kinder than a draw.
"""

from __future__ import annotations

import random
import re
import tempfile
import warnings
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import cache
from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy as np

from pytest_fairness.attributes import Attribute
from pytest_fairness.mitigation.bank import Bank
from pytest_fairness.mitigation.methods import Candidate, Method, Setting
from pytest_fairness.mitigation.trainer import quietly
from pytest_fairness.mitigation.training import load_classifier
from pytest_fairness.models import load_model
from pytest_fairness.perturb import swap_variants
from pytest_fairness.perturb.parting import part_of_terms
from tests.performance.repair_numbers import NOBODY
from tests.performance.repair_words import NAME, ground_of, identity

VARIANTS = 4  # counterfactuals of a row at most
SENTENCES = 100  # of each ground, alone and in front of a tweet
_SENSEI = {"rho": 5.0, "eps": 0.1, "auditor_nsteps": 20, "auditor_lr": 1e-3}
_DIMENSIONS = 10  # of SenSeI's sensitive subspace


class Learnt(NamedTuple):
    """Scores of "toxic" from features and their texts, and the weights behind them."""

    predict: Callable[[Any, Sequence[str]], Any]
    weights: int


class Rows(NamedTuple):
    """Texts with labels of 0 and 1, and the ground of the person that each speaks of."""

    texts: list[str]
    labels: list[int]
    grounds: list[str]


def training_terms(setting: Setting) -> Attribute:
    """Return the attribute with the terms of the training part."""
    seed = setting.spaces[0].recipe["part_seed"]
    return part_of_terms(identity(), {NAME}, "train", seed)[0]


# --- Counterfactual data augmentation with the Trainer ------------------------------------------


def augmented(
    texts: Sequence[str], labels: Sequence[int], attribute: Attribute, seed: int
) -> list[tuple[str, int]]:
    """Return the rows, and up to four counterfactuals of each that speaks of somebody."""
    rng, rows = random.Random(seed), list(zip(texts, labels, strict=True))
    for text, label in list(rows):
        variants = [swap.text for swap in swap_variants(text, attribute) if swap.valid]
        rows += [(variant, label) for variant in rng.sample(variants, min(VARIANTS, len(variants)))]
    return rows


def _augment_and_train(setting: Setting) -> Candidate:
    from transformers import (
        DataCollatorWithPadding,
        PrinterCallback,
        Trainer,
        TrainingArguments,
    )

    learnt, seed = setting.material.rows["train"], setting.config.seed
    rows = augmented(learnt.texts, learnt.targets, training_terms(setting), seed)
    with quietly(), tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model, tokenizer = load_classifier(setting.folder)
        tokens = tokenizer([text for text, _ in rows], truncation=True, max_length=128)["input_ids"]
        arguments = TrainingArguments(
            output_dir=folder,
            num_train_epochs=1,
            per_device_train_batch_size=32,
            seed=seed,
            use_cpu=setting.config.device == "cpu",
            dataloader_pin_memory=False,
            report_to=[],
            save_strategy="no",
            logging_strategy="no",
            disable_tqdm=True,
        )
        trainer = Trainer(
            model,
            arguments,
            data_collator=DataCollatorWithPadding(tokenizer),
            train_dataset=[
                {"input_ids": ids, "labels": int(label)}
                for ids, (_, label) in zip(tokens, rows, strict=True)
            ],
        )
        trainer.remove_callback(PrinterCallback)
        trainer.train()
    model = model.to("cpu").eval()
    return _candidate(
        load_model((model, tokenizer), device=setting.config.device),
        _weights(model),
        f"{len(rows) - len(learnt.texts)} counterfactuals of {len(learnt.texts)} rows",
    )


# --- On frozen embeddings -----------------------------------------------------------------------


def _adversarial(setting: Setting) -> Candidate:
    """Zhang, Lemoine and Mitchell (2018) for equalized odds, with one hidden layer each."""
    from fairlearn.adversarial import AdversarialFairnessClassifier

    def learn(features: Any, rows: Rows) -> Learnt:
        model = AdversarialFairnessClassifier(
            backend="torch",
            predictor_model=[50, "leaky_relu"],
            adversary_model=[10, "leaky_relu"],
            constraints="equalized_odds",
            epochs=20,
            batch_size=64,
            shuffle=True,
            random_state=setting.config.seed,
        )
        model.fit(features, rows.labels, sensitive_features=rows.grounds)
        net = model.backendEngine_.predictor_model
        return Learnt(lambda seen, texts: model._raw_predict(seen).ravel(), _weights(net))

    return _on_embeddings(setting, learn)


def _thresholds(setting: Setting) -> Candidate:
    """Hardt, Price and Srebro (2016) for equalized odds; a score is the chance of "toxic"."""
    from fairlearn.postprocessing import ThresholdOptimizer
    from sklearn.linear_model import LogisticRegression

    ground = _reader_of_grounds(training_terms(setting))

    def learn(features: Any, rows: Rows) -> Learnt:
        model = ThresholdOptimizer(
            estimator=LogisticRegression(max_iter=1000),
            constraints="equalized_odds",
            predict_method="predict_proba",
        )
        model.fit(features, rows.labels, sensitive_features=rows.grounds)

        def predict(seen: Any, texts: Sequence[str]) -> Any:
            chances = model._pmf_predict(seen, sensitive_features=list(map(ground, texts)))
            return np.asarray(chances)[:, 1]

        return Learnt(predict, features.shape[1] + 1)

    return _on_embeddings(setting, learn)


def _sensei(setting: Setting) -> Candidate:
    """Yurochkin and Sun (2021); the subspace is what tells training sentences' terms apart."""
    import torch

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it imports functorch
        from inFairness.distances import SquaredEuclideanDistance, SVDSensitiveSubspaceDistance
        from inFairness.fairalgo import SenSeI

    def learn(features: Any, rows: Rows) -> Learnt:
        inputs, labels = torch.tensor(features).float(), torch.tensor(rows.labels)
        unlike, far = SVDSensitiveSubspaceDistance(), SquaredEuclideanDistance()
        alike = [torch.tensor(some).float() for some in _by_template(setting)]
        unlike.fit(alike, n_components=_DIMENSIONS, autoinfer_device=False)
        far.fit(num_dims=2)
        width = inputs.shape[1]
        net = torch.nn.Sequential(
            torch.nn.Linear(width, 50), torch.nn.ReLU(), torch.nn.Linear(50, 2)
        )
        fair = SenSeI(net, unlike, far, torch.nn.functional.cross_entropy, **_SENSEI)
        optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
        for _ in range(20):
            for chosen in torch.randperm(len(inputs)).split(64):
                optimizer.zero_grad()
                fair(inputs[chosen], labels[chosen]).loss.backward()
                optimizer.step()
        fair.eval()

        def predict(seen: Any, texts: Sequence[str]) -> Any:
            with torch.no_grad():
                return net(torch.tensor(seen).float()).softmax(dim=-1)[:, 1].numpy()

        return Learnt(predict, _weights(net))

    return _on_embeddings(setting, learn)


def _on_embeddings(setting: Setting, learn: Callable[[Any, Rows], Learnt]) -> Candidate:
    """Let `learn` find a function from features, and their texts, to scores of "toxic"."""
    import torch

    read, rows = _embedder(setting), examples(setting)
    with quietly():
        torch.manual_seed(setting.config.seed)
        predict, weights = learn(read(rows.texts), rows)
    model = load_model(lambda texts: np.clip(predict(read(texts), texts), 0.0, 1.0))
    return _candidate(model, weights, f"{len(rows.texts)} rows")


def _embedder(setting: Setting) -> Callable[[Sequence[str]], Any]:
    """Return a function from texts to what the head reads of them, of shape (n_texts, d)."""
    with quietly():
        model, tokenizer = load_classifier(setting.folder)

    def read(texts: Sequence[str]) -> Any:
        bank = Bank(texts, tokenizer, setting.config)
        return bank.read(model)[0][bank.numbers(list(texts))].double().numpy()

    return read


def examples(setting: Setting) -> Rows:
    """Return training rows, and training sentences alone and in front of some of the rows."""
    learnt, rng = setting.material.rows["train"], random.Random(setting.config.seed)
    tweets = [(text, int(label)) for text, label in zip(learnt.texts, learnt.targets, strict=True)]
    rows = [(text, label, NOBODY) for text, label in tweets]
    for ground, sentences in _sentences(setting).items():
        for sentence in rng.sample(sentences, min(SENTENCES, len(sentences))):
            text, label = rng.choice(tweets)
            rows += [(sentence, 0, ground), (f"{sentence} {text}", label, ground)]
    return Rows(*map(list, zip(*rows, strict=True)))


def _sentences(setting: Setting) -> dict[str, list[str]]:
    """Return training sentences by the ground of whom they speak of."""
    space = setting.spaces[0].part("train")
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for pair in space.sample(4 * len(ground_of()) * SENTENCES, setting.config.seed):
        found[ground_of()[pair.groups[0]]][pair.original] = None
    return {ground: list(texts) for ground, texts in sorted(found.items())}


def _by_template(setting: Setting) -> list[Any]:
    """Return the features of training sentences, those of each template together."""
    space = setting.spaces[0].part("train")
    texts: dict[str, set[str]] = defaultdict(set)
    for pair in space.sample(5 * SENTENCES, setting.config.seed):
        texts[pair.source] |= {pair.original, pair.variant}
    read = _embedder(setting)
    return [read(sorted(some)) for _, some in sorted(texts.items())]


def _reader_of_grounds(attribute: Attribute) -> Callable[[str], str]:
    """Return a function that finds the ground of the first term in a text."""
    ground = {
        term.casefold(): ground_of()[group]
        for group in attribute.groups
        for kind in attribute.kinds
        for term in attribute.terms(group, kind)
    }
    longest = sorted(ground, key=len, reverse=True)
    pattern = re.compile(rf"\b(?:{'|'.join(map(re.escape, longest))})\b")

    @cache
    def read(text: str) -> str:
        found = pattern.search(text.casefold())
        return ground[found.group()] if found else NOBODY

    return read


def _candidate(scorer: Any, trainable_parameters: int, story: str) -> Candidate:
    def write(folder: Any) -> None:
        raise NotImplementedError("the table judges in this process")

    return Candidate(scorer, write, write, trainable_parameters, story)


def _weights(model: Any) -> int:
    return sum(weights.numel() for weights in model.parameters())


def _needs(*packages: str) -> Callable[[Setting], str]:
    missing = [name for name in packages if find_spec(name) is None]
    return lambda setting: f"{' and '.join(missing)} not installed" if missing else ""


TODAY = {
    method.name: method
    for method in (
        Method("CDA, Trainer", _augment_and_train),
        Method("fairlearn adversarial", _adversarial, _needs("fairlearn")),
        Method("fairlearn thresholds", _thresholds, _needs("fairlearn")),
        Method("inFairness SenSeI", _sensei, _needs("inFairness", "ot")),
    )
}
