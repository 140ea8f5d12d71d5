"""The losses of a repair of language models and embedders.

Each is 0 when nothing is left to repair, save the preference, which is log 2 before the repair.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

_TINY = 1e-12


def at_targets(logits: Tensor, targets: Tensor) -> Tensor:
    """Return the log-probability of the target of each row of logits."""
    wanted: Tensor = logits.float().gather(1, targets[:, None])[:, 0]
    return wanted - logits.float().logsumexp(dim=1)


def sums_by_owner(values: Tensor, owners: Tensor, n: int) -> Tensor:
    """Return the sum of the values of each of `n` owners."""
    return values.new_zeros(n).index_add(0, owners, values)


def likelihood_differences(sums: Tensor, lengths: Tensor) -> Tensor:
    """Return for each pair how much likelier its first side is, in nats.

    Parameters
    ----------
    sums, lengths : tensors of shape (2 * n_pairs,)
        Log-likelihoods of the sides, the two of a pair beside each other, and what they are divided
        by. The difference of the means is expressed for the mean of the two lengths: for sides of
        one length it is the difference of the sums.
    """
    means = (sums / lengths).view(-1, 2)
    return (means[:, 0] - means[:, 1]) * lengths.view(-1, 2).mean(dim=1)


def preference_loss(differences: Tensor, before: Tensor, beta: float) -> Tensor:
    """Return the loss of direct preference optimisation (Rafailov et al. 2023, equation 7).

    Parameters
    ----------
    differences, before : tensors of shape (n_pairs,)
        How much likelier the first side of a pair is than the second, now and before the repair.
        The second is the one to prefer.
    beta : float
    """
    from torch.nn import functional

    return -functional.logsigmoid(beta * (before - differences)).mean()


def kept_divergence(logits: Tensor, kept: Tensor, before: Tensor) -> Tensor:
    """Return the mean divergence from the distributions before the repair, as far as kept.

    Parameters
    ----------
    logits : tensor of shape (n, n_vocabulary)
    kept : int tensor of shape (n, k)
        The tokens whose probabilities were kept.
    before : tensor of shape (n, k + 1)
        Their log-probabilities, and that of all other tokens together, before the repair.

    Notes
    -----
    Merging outcomes never makes a Kullback-Leibler divergence larger (data processing), so that
    this is a lower bound of that of the whole distributions.
    """
    import torch

    logs = logits.float().log_softmax(dim=1).gather(1, kept)
    now = torch.cat([logs, _log_rest(logs)], dim=1)
    return (before.exp() * (before - now)).sum(dim=1).mean()


def keep_likeliest(logits: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """Return what `kept_divergence` compares with: the `k` likeliest tokens, and log-probabilities.

    Where a vocabulary is not larger than `k`, all of it is kept.
    """
    import torch

    logs = logits.float().log_softmax(dim=1)
    top = logs.topk(min(k, logs.shape[1]), dim=1)
    return top.indices, torch.cat([top.values, _log_rest(top.values)], dim=1)


def _log_rest(logs: Tensor) -> Tensor:
    """Return the log-probability of what the given ones leave, of shape (n, 1)."""
    return (1 - logs.exp().sum(dim=1, keepdim=True)).clamp_min(_TINY).log()


def distances(first: Tensor, second: Tensor) -> Tensor:
    """Return one minus the cosine of two rows of vectors each."""
    from torch.nn import functional

    return 1 - functional.cosine_similarity(first, second, dim=1)
