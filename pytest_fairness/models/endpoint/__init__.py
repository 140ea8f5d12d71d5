"""Models behind an OpenAI-compatible server: asked once, remembered on disk, replayed offline."""

from __future__ import annotations

from pytest_fairness.models.endpoint.endpoint import Endpoint
from pytest_fairness.models.endpoint.opening import load_endpoint
from pytest_fairness.models.endpoint.usage import Usage

__all__ = ["Endpoint", "Usage", "load_endpoint"]
