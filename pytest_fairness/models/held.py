"""A torch module that a model holds: which one it is, whether it was trained since, its release."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pytest_fairness.errors import ModelError
from pytest_fairness.models.devices import free_memory
from pytest_fairness.models.fingerprints import of_parameters
from pytest_fairness.outcome import ModelInfo


class Held:
    """A module of transformers with its name, its fingerprint and its end.

    Parameters
    ----------
    module : torch.nn.Module
    name : str
    kind : str
        What reports call it, such as ``"sequence classifier"``.
    path : str, optional
        Its folder.
    fingerprint : str, optional
        Of its files; by default of its values.
    """

    def __init__(
        self,
        module: Any,
        *,
        name: str,
        kind: str,
        path: str | None = None,
        fingerprint: str | None = None,
    ) -> None:
        self._module = module
        self.name, self.kind, self.path = name, kind, path
        self._seen = self.weights()
        self._fingerprint = (fingerprint, self._seen)

    @property
    def module(self) -> Any:
        """The torch module.

        Raises
        ------
        ModelError
            If the model was closed.
        """
        if self._module is None:
            raise ModelError(
                f"{self.name} was closed, and its memory freed. Load it again to score more texts."
            )
        return self._module

    @property
    def device(self) -> str:
        """Where the module is."""
        return str(self.module.device)

    @property
    def dtype(self) -> str:
        """Name of the module's number format, such as ``"float32"``."""
        return str(self.module.dtype).removeprefix("torch.")

    def info(self, labels: tuple[str, ...] = ()) -> ModelInfo:
        """Which model this is; of trained weights, the fingerprint is that of their values."""
        return ModelInfo(
            name=self.name,
            path=self.path,
            kind=self.kind,
            fingerprint=self._current_fingerprint(),
            device=self.device,
            dtype=self.dtype,
            labels=labels,
        )

    def weights(self) -> int:
        """Return a number that changes when the weights are replaced or trained in place."""
        return hash(tuple(_state(p) for p in self.module.parameters()))

    def trained_since(self) -> bool:
        """Whether the weights changed since this was asked last."""
        before, self._seen = self._seen, self.weights()
        return before != self._seen

    @contextmanager
    def evaluating(self) -> Iterator[Any]:
        """Give the module with dropout switched off, and without gradients."""
        import torch

        module = self.module
        training = module.training
        if training:
            module.eval()
        try:
            with torch.inference_mode():
                yield module
        finally:
            if training:
                module.train()

    def free_memory(self) -> None:
        """Give memory that nothing uses any more back to the device."""
        free_memory(self.device)

    def close(self) -> None:
        """Free the memory that the module takes."""
        if self._module is not None:
            device, self._module = self.device, None
            free_memory(device)

    def _current_fingerprint(self) -> str:
        fingerprint, weights = self._fingerprint
        now = self.weights()
        if fingerprint is None or weights != now:
            fingerprint = of_parameters(self.module)
            self._fingerprint = (fingerprint, now)
        return fingerprint


def _state(parameter: Any) -> tuple[int, int]:
    """Return where a parameter's values lie, and how often they were written."""
    version = 0 if parameter.is_inference() else parameter._version
    return parameter.data_ptr(), version
