"""What a repair is set to: one frozen dataclass that checks itself."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from pytest_fairness.errors import ArgumentError, ArgumentTypeError
from pytest_fairness.mitigation.checking import (
    check_choice,
    check_flag,
    check_real,
    check_seed,
    check_text,
    check_whole,
    shown,
)
from pytest_fairness.mitigation.language.config import LanguageConfig
from pytest_fairness.mitigation.objectives import OBJECTIVES

AUTO = "auto"
VEHICLES = ("full", "head", "lora", "ia3", "prefix", "prompt")  # weights that fine-tuning moves
METHODS = (*VEHICLES, "last_layer", "averaging", "erasure", "thresholds")
DTYPES = ("float32", "bfloat16")
USUAL_OBJECTIVES = {"consistency": 1.0, "retention": 3.0}
_DEFAULT_RATES = {
    "full": 5e-5,
    "head": 1e-3,
    "lora": 3e-4,
    "ia3": 1e-2,
    "prefix": 1e-2,
    "prompt": 1e-2,
}


@dataclass(frozen=True)
class MitigationConfig:
    r"""How `mitigate` repairs a model.

    Language models and embedders are repaired by ``"lora"`` and ``"full"``, with the losses of
    `language`. The training loss of a classifier is

    .. math:: L_{task} + \sum_k \lambda_k L_k

    where the task loss sees labelled rows and their counterfactual variants under the same label
    (counterfactual data augmentation), and the others are `objectives` with their weights. By
    default they are counterfactual logit pairing, the mean squared difference of the two logit
    vectors of a counterfactual pair, 0 for a model that treats both alike; and retention, which
    ties the model to what it said before the repair.

    Parameters
    ----------
    method : str
        How the model is repaired.

        - ``"thresholds"``: a threshold for each group, for checks that compare groups and where the
          group of each text is known (see `mitigation.decisions`);
        - ``"last_layer"``: solve for the last layer alone, on balanced rows (deep feature
          reweighting);
        - ``"averaging"``: leave the model as it is and average its answers over a text and its
          counterfactual variants;
        - ``"lora"``: train low-rank adapters, which are merged into the model at the end;
        - ``"erasure"``: take the direction in which the sides of pairs differ out of what the last
          layer reads (see `mitigation.erasure`);
        - ``"full"``: train all weights above the frozen layers;
        - ``"head"``: train what lies above the transformer's layers;
        - ``"ia3"``: train one factor for each output of a linear map, merged at the end;
        - ``"prefix"``, ``"prompt"``: train keys and values before each text in every layer, or
          embeddings before each text. They cannot be merged: the model is saved as a folder of peft
          with the original model in it, which `load_model` reads.

        ``"auto"`` tries the first six in this order, from cheap to dear, and stops at the first
        that passes.
    freeze_layers : int, optional
        How many of the lower layers stay as they are, and the embeddings with them; 0 freezes
        nothing. The default is the lower half. Frozen layers run once per text instead of once
        per step. ``"head"`` freezes all of them, and ``"prefix"`` and ``"prompt"``, whose vectors
        pass through all of them, run all at every step, whatever is said here.
    learning_rate : float in (0, 1), optional
        Peak rate of AdamW; by default 5e-5 for ``"full"``, 3e-4 for ``"lora"``, 1e-3 for
        ``"head"`` and 1e-2 for the others. Where that leaves pairs of a classifier beyond the
        limits, or close to them, 5 times as much is tried with nothing frozen and consistency
        weighing 5, and then 20 times; `freeze_layers` and `objectives` that are given stay.
    layer_decay : float in [0, 1]
        How much slower each layer learns than the one above it: the head learns at the full rate,
        the top layer at this share of it, the next at its square. 1 lets all learn alike.
    batch_size, pair_batch_size : int
        Labelled rows and counterfactual pairs in one step. Pairs are drawn uniformly by `seed`.
    max_steps : int
        Steps at most; the run ends sooner when `patience` evaluations in a row bring nothing.
    objectives : mapping of str to float, at least 0
        Weight of each loss by its name, one of `OBJECTIVES`; ``"task"`` counts 1 unless it is
        named. ``"last_layer"`` triples the usual weight of consistency. See Notes.
    augment : bool
        Whether rows gain their counterfactual variants under the same label.
    eval_every, patience : int
        Steps between two evaluations on validation rows and pairs, and the evaluations without a
        better state after which the run stops.
    max_accuracy_loss : float in [0, 1]
        Margin of non-inferiority: the model is repaired only if held-out rows show that it lost no
        more accuracy. In training, a state whose validation accuracy lies more than half of it
        below the start is never kept.
    max_recall_loss : float in [0, 1]
        The model is not repaired if held-out rows show that it finds any one class less often by
        more than this, however rare the class is.
    alpha : float in (0, 0.5)
        Chance of calling a model repaired that lost more than the margin. The looks at held-out
        material share it.
    train_fraction : float in (0, 1)
        Share of the labelled rows that is trained on; the rest is halved into validation rows,
        which choose the state, and held-out rows, which judge it.
    max_pairs : int
        Pairs of each part that are used at most, drawn uniformly by `seed`.
    hard_pairs : int, at least 0
        Texts that `worst_case` may score to find training pairs with large shifts, of all failing
        spaces together; they are taught beside the uniform ones. 0 searches for none.
    lora_r, lora_alpha : int
        Rank and scale of the adapters.
    virtual_tokens : int
        Learnt vectors before each text, of ``"prefix"`` and ``"prompt"``.
    max_length : int
        Tokens after which a text is cut in training.
    seed : int in [0, 2**32 - 1]
        Draws splits, batches and pairs, and seeds the model's dropout.
    device : str, optional
        As in torch, such as ``"cuda:1"``; by default a GPU where there is one.
    dtype : {"float32", "bfloat16"}
        Arithmetic of a step. Weights stay in float32.
    gradient_checkpointing : bool
        Whether activations are computed again in the backward pass instead of kept: less memory
        for about a third more time. Not with ``"prefix"``, whose vectors would be dropped.
    report_to : tuple of str
        Trackers that are told losses and evaluations, as transformers names them:
        ``"tensorboard"``, ``"wandb"``, ``"mlflow"`` and others. None by default.
    checkpoints : str, optional
        Folder that gets the whole state of the run at every evaluation. A run that was cut off
        goes on from there when it is started again with the same data and configuration.
    language : LanguageConfig
        Losses and margins of language models and embedders. `objectives`, `layer_decay`, `augment`,
        `hard_pairs`, `max_accuracy_loss`, `max_recall_loss` and `gradient_checkpointing` are for
        classifiers;
        `batch_size` counts ordinary texts.
    progress : bool
        Whether a bar shows the steps on stderr, where that is a terminal.

    Raises
    ------
    ArgumentError
        If a value lies outside its range.
    ArgumentTypeError
        If a value is of the wrong kind.

    Notes
    -----
    The objectives are

    - ``"task"``: cross-entropy with the labels, or divergence from the teacher's answers.
    - ``"consistency"``: squared difference of both sides' logits (Garg et al. 2019).
    - ``"consistency_kl"``: symmetric divergence of both sides' answers (Jiang et al. 2020).
    - ``"retention"``: divergence from the answers before the repair.
    - ``"ewc"``: distance from the old weights that mattered (Kirkpatrick et al. 2017).
    - ``"contrastive"``: texts of a label, and counterfactuals of a text, lie together (Khosla et
      al. 2020; Shen et al. 2021).
    - ``"jtt"``: rows that the model got wrong before count more (Liu et al. 2021).

    and, for rows with groups, as `read_rows(..., group=)` reads them,

    - ``"group_dro"``: the worst cell of label and group counts most (Sagawa et al. 2020).
    - ``"fair_batch"``: within labels, the group that loses most is seen more (Roh et al. 2021).
    - ``"adversarial"``: no adversary can tell the group (Ganin et al. 2016; Beutel et al. 2017).
    - ``"adversarial_eo"``: nor one that is told the label (Zhang et al. 2018).
    - ``"mmd"``: groups' scores are distributed alike within labels (Prost et al. 2019).
    - ``"correlation"``: scores do not follow the group (Zafar et al. 2017; Beutel et al. 2019).
    - ``"correlation_eo"``: nor do they within labels (Beutel et al. 2019).

    Rows whose group is unknown count in the task alone, and so do counterfactual variants, which
    may speak of another group than their row. ``"group_dro"`` and ``"fair_batch"`` are the methods
    of their papers where ``"task"`` is 0. Texts of an older training are replayed by giving them as
    rows, with weights.

    References
    ----------
    Zhao, Wang, Yatskar, Ordonez and Chang (2018), "Gender bias in coreference resolution", and Lu,
    Mardziel, Wu, Amancharla and Datta (2020), "Gender bias in neural natural language processing":
    counterfactual data augmentation. Garg, Perot, Limtiaco, Taly, Chi and Beutel (2019),
    "Counterfactual fairness in text classification through robustness": logit pairing. Hu et al.
    (2022), "LoRA: low-rank adaptation of large language models". Gira, Zhang and Lee (2022),
    "Debiasing pre-trained language models via efficient fine-tuning": freezing most weights.

    Examples
    --------
    >>> MitigationConfig(method="lora").rate
    0.0003
    >>> MitigationConfig(max_steps=0)
    Traceback (most recent call last):
    ...
    pytest_fairness.errors.ArgumentError: max_steps=0 must be at least 1: it is ...
    """

    method: str = AUTO
    freeze_layers: int | None = None
    learning_rate: float | None = None
    layer_decay: float = 1.0
    batch_size: int = 16
    pair_batch_size: int = 16
    max_steps: int = 150
    objectives: Mapping[str, float] = field(default_factory=lambda: dict(USUAL_OBJECTIVES))
    augment: bool = True
    eval_every: int = 10
    patience: int = 5
    max_accuracy_loss: float = 0.02
    max_recall_loss: float = 0.1
    alpha: float = 0.05
    train_fraction: float = 0.5
    max_pairs: int = 5000
    hard_pairs: int = 0
    lora_r: int = 8
    lora_alpha: int = 16
    virtual_tokens: int = 20
    max_length: int = 128
    seed: int = 0
    device: str | None = None
    dtype: str = "float32"
    gradient_checkpointing: bool = False
    report_to: tuple[str, ...] = ()
    checkpoints: str | None = None
    language: LanguageConfig = field(default_factory=LanguageConfig)
    progress: bool = False

    def __post_init__(self) -> None:
        for name, choices in (("method", (AUTO, *METHODS)), ("dtype", DTYPES)):
            check_choice(name, getattr(self, name), choices)
        for name, (least, meaning) in _WHOLE_NUMBERS.items():
            check_whole(name, getattr(self, name), least, meaning)
        check_seed(self.seed)
        for name, (low, high, closed, meaning) in _REALS.items():
            check_real(name, getattr(self, name), low, high, closed, meaning)
        _check_objectives(self.objectives)
        for name in ("augment", "gradient_checkpointing", "progress"):
            check_flag(name, getattr(self, name))
        _check_trackers(self.report_to)
        _check_language(self.language)
        _check_places(self)
        _check_fit(self)

    @property
    def vehicle(self) -> str:
        """The weights that fine-tuning moves."""
        return self.method if self.method in VEHICLES else "full"

    @property
    def margin_in_training(self) -> float:
        """Loss of validation accuracy that a state may have: half, as held-out rows differ."""
        return self.max_accuracy_loss / 2

    @property
    def rate(self) -> float:
        """The learning rate, or the vehicle's default."""
        return self.learning_rate or _DEFAULT_RATES[self.vehicle]

    @property
    def weights(self) -> dict[str, float]:
        """The weight of every objective, the task's among them."""
        return {"task": 1.0, **self.objectives}

    def firmer(self, times: float) -> MitigationConfig:
        """Return the same with `times` the usual weight on pairs; losses that were given stay."""
        if self.objectives != USUAL_OBJECTIVES:
            return self
        more = times * USUAL_OBJECTIVES["consistency"]
        return replace(self, objectives={**USUAL_OBJECTIVES, "consistency": more})

    @property
    def fractions(self) -> tuple[float, float, float]:
        """Shares of training, validation and held-out rows."""
        rest = (1 - self.train_fraction) / 2
        return (self.train_fraction, rest, rest)


_WHOLE_NUMBERS = {
    "freeze_layers": (0, "it is the number of lower layers that stay as they are"),
    "batch_size": (1, "it is the number of labelled rows in a step"),
    "pair_batch_size": (1, "it is the number of counterfactual pairs in a step"),
    "max_steps": (1, "it is the number of training steps"),
    "eval_every": (1, "it is the number of steps between two evaluations"),
    "patience": (1, "it is the number of evaluations without a better state before the stop"),
    "max_pairs": (1, "it is the number of counterfactual pairs used of each part"),
    "hard_pairs": (0, "it is the number of texts scored to find hard training pairs"),
    "lora_r": (1, "it is the rank of the adapters"),
    "lora_alpha": (1, "it is the scale of the adapters"),
    "virtual_tokens": (1, "it is the number of learnt vectors before each text"),
    "max_length": (8, "it is the number of tokens after which a text is cut"),
}
_REALS = {
    "learning_rate": (0.0, 1.0, False, "it is the peak step size of AdamW"),
    "max_accuracy_loss": (0.0, 1.0, True, "it is the accuracy that a repair may cost"),
    "max_recall_loss": (0.0, 1.0, True, "it is the recall of a class that a repair may cost"),
    "alpha": (0.0, 0.5, False, "it is the chance of calling a model repaired that lost too much"),
    "train_fraction": (0.0, 1.0, False, "it is the share of rows that is trained on"),
    "layer_decay": (0.0, 1.0, True, "it is how much slower each layer learns than the one above"),
}


def _check_objectives(objectives: object) -> None:
    if not isinstance(objectives, Mapping):
        raise ArgumentTypeError(
            f"objectives={shown(objectives)} must map names to weights, as in {USUAL_OBJECTIVES!r}."
        )
    for name, weight in objectives.items():
        check_choice("objective", name, tuple(sorted(OBJECTIVES)))
        meaning = "it is the weight of a loss; 0 leaves it out"
        check_real(f"objectives[{name!r}]", weight, 0.0, math.inf, True, meaning)
    if not any({"task": 1.0, **objectives}.values()):
        raise ArgumentError(
            f"objectives={shown(objectives)} leaves nothing to learn: every weight is 0. Raise one."
        )


def _check_trackers(names: object) -> None:
    if not isinstance(names, tuple) or not all(isinstance(name, str) for name in names):
        raise ArgumentTypeError(
            f"report_to={shown(names)} must be a tuple of trackers' names, as in ('tensorboard',)."
        )


def _check_language(language: object) -> None:
    if not isinstance(language, LanguageConfig):
        raise ArgumentTypeError(
            f"language={language!r} must be a LanguageConfig(...), as in "
            "MitigationConfig(language=LanguageConfig(max_perplexity_rise=0.02))."
        )


def _check_fit(config: MitigationConfig) -> None:
    if config.gradient_checkpointing and config.vehicle == "prefix":
        raise ArgumentError(
            'gradient_checkpointing=True does not go with method="prefix": transformers drops the '
            'prefix where it computes activations again. Use method="prompt", or leave it out.'
        )


def _check_places(config: MitigationConfig) -> None:
    if config.device is not None:
        check_text("device", config.device, "it is a device of torch, such as 'cpu' or 'cuda:0'")
    if config.checkpoints is None:
        return
    if isinstance(config.checkpoints, Path):
        raise ArgumentTypeError(
            f"checkpoints={config.checkpoints!r} must be a path as text: str(path)."
        )
    check_text("checkpoints", config.checkpoints, "it is the path of a folder")
    if Path(config.checkpoints).is_file():
        raise ArgumentError(
            f"checkpoints={config.checkpoints!r} is a file, and must be a folder, which gets the "
            "state of the run. Name a new or empty folder."
        )
