"""Texts of one label lie together for the last layer, and so do counterfactuals of one text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_fairness.mitigation.objectives.base import Objective, Step

if TYPE_CHECKING:
    from torch import Tensor

TEMPERATURE = 0.1


class Contrastive(Objective):
    r"""Supervised contrastive loss over labels of rows, and over families of counterfactuals.

    .. math:: -\frac{1}{|P(i)|} \sum_{p \in P(i)}
              \log \frac{e^{z_i z_p / \tau}}{\sum_{a \ne i} e^{z_i z_a / \tau}}

    for the directions *z* of what the last layer reads, and the texts *P(i)* that belong with *i*:
    among rows those of the same label, among pairs the counterfactuals of the same text. Rows
    and pairs are compared among themselves, and each gives half of the loss.

    References
    ----------
    Khosla et al. (2020), "Supervised contrastive learning": the loss. Shen, Han, Cohn, Baldwin and
    Frermann (2021), "Contrastive learning for fair representations": labels. Cheng et al. (2021),
    "FairFil", and He, Xia, Fellbaum and Chen (2022), "MABEL": counterfactuals.
    """

    name = "contrastive"
    needs = frozenset({"pairs", "hidden"})

    def loss(self, step: Step) -> Tensor:
        """Return the mean of both halves."""
        import torch

        if step.hidden is None or step.pair_hidden is None or step.families is None:
            raise ValueError("this step has no hidden states of pairs; name them in `needs`")
        rows = supervised_contrast(step.hidden, step.labels)
        families = torch.cat([step.families, step.families])
        return 0.5 * (rows + supervised_contrast(torch.cat(step.pair_hidden), families))


def supervised_contrast(hidden: Tensor, classes: Tensor) -> Tensor:
    """Return the mean loss over the texts that have another one of their class; 0 without any."""
    import torch

    z = torch.nn.functional.normalize(hidden, dim=-1)
    itself = torch.eye(len(z), dtype=torch.bool, device=z.device)
    logs = (z @ z.T / TEMPERATURE).masked_fill(itself, -1e9).log_softmax(dim=-1)
    together = (classes.unsqueeze(1) == classes) & ~itself
    counts = together.sum(dim=1)
    losses = -(logs * together).sum(dim=1) / counts.clamp_min(1)
    return losses.sum() / (counts > 0).sum().clamp_min(1)
