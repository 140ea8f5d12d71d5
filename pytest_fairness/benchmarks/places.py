"""Where the files of a benchmark lie: a folder, or a data set of the hub."""

from __future__ import annotations

import hashlib
from pathlib import Path

from pytest_fairness.benchmarks.base import Benchmark
from pytest_fairness.benchmarks.checksums import CHECKSUMS
from pytest_fairness.benchmarks.files import find_all
from pytest_fairness.errors import ArgumentError, MissingPackageError

_HUB = "hf://datasets/"


def find_folder(folder: str | Path, benchmark: Benchmark) -> Path:
    """Return the folder that holds the files, fetched from the hub where its address says so.

    Parameters
    ----------
    folder : str or path
        A folder of this disk, or ``"hf://datasets/OWNER/NAME"``, with ``@REVISION`` if need be.
    benchmark : Benchmark

    Raises
    ------
    ArgumentError
        If the hub does not give it: the message says which file to place where instead.
    MissingPackageError
        If it lies on the hub, and huggingface_hub is not installed.
    """
    if not str(folder).startswith(_HUB):
        return Path(folder).expanduser()
    name, _, revision = str(folder).removeprefix(_HUB).partition("@")
    return _fetch(name, revision or None, benchmark)


def _fetch(name: str, revision: str | None, benchmark: Benchmark) -> Path:
    try:
        from huggingface_hub import snapshot_download
    except ImportError as err:
        raise MissingPackageError.for_feature(
            "Fetching a data set", "huggingface_hub", "models"
        ) from err
    patterns = [p for file in benchmark.files for p in (file, f"**/{file}")]
    try:
        found = snapshot_download(
            name, repo_type="dataset", revision=revision, allow_patterns=patterns
        )
    except (OSError, ValueError) as err:  # every error of the hub client is one of these
        raise ArgumentError(
            f"The hub does not give the data set {name!r}, or is out of reach or switched off. "
            f"Place {', '.join(benchmark.files)} into a folder, as {benchmark.address} publishes "
            "it, and pass that folder."
        ) from err
    return Path(found)


def changed_files(folder: Path, benchmark: Benchmark) -> list[str]:
    """Return the names of files that differ from the published ones whose checksum is known."""
    known = CHECKSUMS.get(benchmark.name, {})
    there = {name: next(iter(find_all(folder, name)), None) for name in known}
    return [name for name, path in there.items() if path and _checksum(path) != known[name]]


def _checksum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:32]
