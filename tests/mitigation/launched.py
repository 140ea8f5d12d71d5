"""What tests start in processes of its own: a run that is killed, and one that several share."""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from pytest_fairness.errors import ArgumentError
from pytest_fairness.mitigation import processes, session
from pytest_fairness.mitigation.bank import Bank
from pytest_fairness.mitigation.config import MitigationConfig
from pytest_fairness.mitigation.data import Labelled
from pytest_fairness.mitigation.training import fine_tune, save
from tests.mitigation.conftest import pairs_of, rows_of

CONFIG = MitigationConfig(
    max_steps=12,
    eval_every=4,
    learning_rate=1e-3,
    batch_size=15,
    pair_batch_size=7,
    freeze_layers=1,
    method="full",
    max_accuracy_loss=0.5,
    objectives={"consistency": 1.0, "retention": 3.0, "group_dro": 0.1},
    device="cpu",
)


def material():
    texts, labels = rows_of(100, seed=100)
    groups = [("a", "b")[len(text) % 2] for text in texts]
    return {
        "rows_train": Labelled(texts, labels, groups=groups),
        "rows_validation": Labelled(*rows_of(50, seed=101)),
        "pairs_train": pairs_of("train"),
        "pairs_validation": pairs_of("validation"),
    }


def weights_of(model):
    return torch.cat([parameter.detach().flatten() for parameter in model.parameters()])


def gradients(folder, n):
    """Gradients of a loss that compares the rows of a batch, in what they say and what they are."""
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    bank = Bank(rows_of(n, seed=5)[0], AutoTokenizer.from_pretrained(folder), CONFIG)
    seen = model
    if processes.count() > 1:
        seen = torch.nn.parallel.DistributedDataParallel(model, broadcast_buffers=False)
    logits, hidden = bank.forward_with_hidden(seen, bank.batch(range(len(bank))))
    assert len(logits) == len(hidden) == n
    centred = logits - logits.mean(dim=0) / 2
    (centred.square().sum() + hidden.square().sum(dim=0).sqrt().sum()).backward()
    return torch.cat([parameter.grad.flatten() for parameter in model.parameters()])


class Unsendable(Exception):
    """No other process can have it."""

    def __reduce__(self):
        raise TypeError("stays here")


def error_of(error):
    """What a process is told of an error in the first one: its kind and its words."""

    def fail():
        raise error

    try:
        processes.by_main(fail)()
    except Exception as err:
        return type(err).__name__, str(err)


def killed(folder, checkpoints):
    def kill(progress):
        if progress.step == 10:
            os.kill(os.getpid(), signal.SIGKILL)

    fine_tune(folder, **material(), config=CONFIG, on_step=kill, checkpoint_dir=checkpoints)


def shared(folder, out):
    tuned = fine_tune(folder, **material(), config=CONFIG)
    me = processes.number()
    save(tuned, Path(out) / f"model-{me}")
    found = {
        "pid": os.getpid(),
        "weights": weights_of(tuned.model),
        "flips": [evaluation.flip_rate for evaluation in tuned.history],
        "count": processes.count(),
        "gradients": [gradients(folder, n) for n in (15, 1)],
        "by_main": processes.by_main(os.getpid)(),
        "errors": [error_of(ArgumentError("no such thing")), error_of(Unsendable(me))],
    }
    torch.save(found, Path(out) / f"found-{me}.pt")


def split_on_cpu():
    """Let Accelerate split weights on the CPU too, which torch can and Accelerate leaves out."""
    from accelerate.state import AcceleratorState
    from accelerate.utils import DistributedType

    begin = AcceleratorState.__init__

    def begin_split(self, *args, fsdp_plugin=None, **kwargs):
        begin(self, *args, fsdp_plugin=fsdp_plugin, **kwargs)
        if self.distributed_type is DistributedType.MULTI_CPU and fsdp_plugin is not None:
            self.distributed_type, self.fsdp_plugin = DistributedType.FSDP, fsdp_plugin

    AcceleratorState.__init__ = begin_split


def parts_seen():
    """Return a list that gets, at each look at the weights, the share that is in this process."""
    found, learnt = [], session.learnt

    def look(model):
        values = learnt(model)
        parts = [weight for weight in model.parameters() if hasattr(weight, "to_local")]
        whole = sum(weight.numel() for weight in model.parameters())
        found.append(sum(part.to_local().numel() for part in parts) / whole)
        return values

    session.learnt = look
    return found


def split(folder, out, device, checkpoints="", kill_at="0"):
    """A repair by processes that split the weights; each writes what it ended with."""
    if device == "cpu":
        split_on_cpu()

    def on_step(progress):
        if progress.step == int(kill_at):
            os._exit(9)

    for method in ("full",) if checkpoints else ("full", "lora"):
        parts = parts_seen()
        tuned = fine_tune(
            folder,
            **material(),
            config=replace(CONFIG, method=method, device=device),
            checkpoint_dir=checkpoints or None,
            on_step=on_step,
        )
        me = processes.number()
        save(tuned, Path(out) / f"{method}-{me}")
        found = {
            "weights": weights_of(tuned.model),
            "flips": [evaluation.flip_rate for evaluation in tuned.history],
            "parts": parts,
            "learnt": tuned.trainable_parameters,
        }
        torch.save(found, Path(out) / f"{method}-{me}.pt")


if __name__ == "__main__":
    torch.set_num_threads(1)
    {"killed": killed, "shared": shared, "split": split}[sys.argv[1]](*sys.argv[2:])
