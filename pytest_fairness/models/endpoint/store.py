"""Answers on disk, so that a run that is repeated asks nothing."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import threading
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pytest_fairness.errors import ModelError

_APPLICATION = 0x70666E73  # says that a file of SQLite is one of ours
_WAIT_SECONDS = 30.0  # for another process that is writing
_SCHEMA = """
CREATE TABLE IF NOT EXISTS answers (
    key TEXT PRIMARY KEY, request TEXT NOT NULL, answer TEXT NOT NULL
) WITHOUT ROWID
"""


class Store:
    """Answers by the hash of their request, in a file of SQLite that processes can share.

    Parameters
    ----------
    path : str or path, optional
        By default in memory.
    read_only : bool
        Whether it must exist, and stays as it is.
    """

    def __init__(self, path: str | os.PathLike[str] | None, *, read_only: bool = False) -> None:
        self.path = None if path is None else Path(path).expanduser()
        self._read_only, self._lock = read_only, threading.Lock()
        self._open_in = os.getpid()
        self._connection: sqlite3.Connection = self._guarded(self._connect)

    def find(self, key: str) -> dict[str, Any] | None:
        """Return the answer to a request, None where it is not known."""
        with self._lock:
            row = self._guarded(lambda: self._select(key))
        return None if row is None else self._parsed(row[0])

    def keep(self, key: str, request: str, answer: str) -> dict[str, Any]:
        """Remember an answer, and return it, or that of a process that was faster."""

        def insert() -> Any:
            with self._here() as connection:
                connection.execute(
                    "INSERT OR IGNORE INTO answers VALUES (?, ?, ?)", (key, request, answer)
                )
            return self._select(key)

        with self._lock:
            row = self._guarded(insert)
        return self._parsed(row[0])

    def __len__(self) -> int:
        with self._lock:
            query = "SELECT count(*) FROM answers"
            return int(self._guarded(lambda: self._here().execute(query).fetchone())[0])

    def close(self) -> None:
        """Leave a single file that can be copied or committed."""
        with self._lock:
            if not self._read_only and self._open_in == os.getpid():
                with contextlib.suppress(sqlite3.Error):  # another process still uses the file
                    self._connection.execute("PRAGMA journal_mode = DELETE")
            self._connection.close()

    def _select(self, key: str) -> Any:
        return self._here().execute("SELECT answer FROM answers WHERE key = ?", (key,)).fetchone()

    def _here(self) -> sqlite3.Connection:
        """Return a connection of this process: one that was forked must not be used."""
        if self._open_in != os.getpid():
            self._connection = self._connect()
            self._open_in = os.getpid()
        return self._connection

    def _connect(self) -> sqlite3.Connection:
        if self.path is None:
            connection = _open(":memory:")
        elif self._read_only:
            return self._connect_to_read()
        else:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            connection = _open(str(self.path))
            connection.execute("PRAGMA journal_mode = WAL")
        self._check_owner(connection)
        with connection:
            connection.execute(f"PRAGMA application_id = {_APPLICATION}")
            connection.execute(_SCHEMA)
        return connection

    def _connect_to_read(self) -> sqlite3.Connection:
        if self.path is None or not self.path.is_file():
            raise ModelError(
                f"cache={str(self.path)!r} does not exist, and mode='replay' asks no server. "
                "Record it first with mode='use', and keep the file beside the tests."
            )
        place = f"file:{quote(str(self.path.absolute()))}?mode=ro"
        connection = _open(place, uri=True)
        try:
            self._check_owner(connection)
        except sqlite3.OperationalError:  # the folder cannot be written, as WAL would need
            connection = _open(f"{place}&immutable=1", uri=True)
            self._check_owner(connection)
        return connection

    def _check_owner(self, connection: sqlite3.Connection) -> None:
        tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        owner = connection.execute("PRAGMA application_id").fetchone()[0]
        if tables and owner != _APPLICATION:
            raise ModelError(
                f"cache={str(self.path)!r} is a database of something else. Name another file."
            )

    def _guarded(self, work: Any) -> Any:
        problem = ""
        try:
            return work()
        except (sqlite3.Error, OSError) as err:
            problem = f"{type(err).__name__}: {err}"
        raise ModelError(
            f"The cache of answers {str(self.path)!r} cannot be used ({problem}). If it is "
            "damaged, delete it together with its -wal and -shm files, or name another cache=; "
            "its answers are then asked for again."
        )

    def _parsed(self, answer: str) -> dict[str, Any]:
        try:
            found = json.loads(answer)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise ModelError(
                f"The cache of answers {str(self.path)!r} holds an answer that is not valid JSON: "
                "it is damaged. Delete it, or name another cache=."
            )
        return found


def _open(place: str, *, uri: bool = False) -> sqlite3.Connection:
    return sqlite3.connect(place, timeout=_WAIT_SECONDS, check_same_thread=False, uri=uri)
