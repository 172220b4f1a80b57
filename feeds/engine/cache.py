"""What earlier builds have read and rendered, in one SQLite file that may be deleted, lost or shared at any time.

Nothing here decides what a build gives: with a cache or without one, the files are the same. Another version of the
software, or of this file's tables, starts anew; so does a file that is damaged.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

_FILE_NAME = "feeds.sqlite3"
_APPLICATION_ID = 0x66656564  # "feed": what tells this file from any other of SQLite
_VERSION = 1
_TABLES = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE documents (
  path TEXT PRIMARY KEY, stamp TEXT NOT NULL, hash BLOB NOT NULL, kind INTEGER NOT NULL, newest INTEGER NOT NULL,
  candidate BLOB NOT NULL, problems BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE items (path TEXT PRIMARY KEY, item BLOB NOT NULL);
CREATE TABLE outputs (name TEXT PRIMARY KEY, fingerprint BLOB NOT NULL, files BLOB NOT NULL) WITHOUT ROWID;
"""
# https://bford.info/cachedir/
_TAG = "Signature: 8a477f597d28d172789f06886806bc55\n# Made by feeds to build faster: may be deleted at any time.\n"


class DocumentRow(NamedTuple):
    """What is known of a document."""

    path: str
    stamp: str
    """`finding.File.stamp` as it was when the content was read; empty when that was too fresh to rely on."""
    hash: bytes
    """Of the content."""
    kind: int
    newest: int
    """The newest date in it, seconds since 1970: until then it may be seen in another way every night."""
    candidate: bytes
    problems: bytes


class CacheError(Exception):
    """The file is damaged: start anew."""


class CacheUnusableError(Exception):
    """The file cannot be used now, and there may be nothing wrong with it: do without."""


class Cache:
    """Open only within `opened`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def facts(self) -> dict[str, bytes]:
        """Small things by their names."""
        return dict(self._db.execute("SELECT name, value FROM facts"))

    def remember(self, facts: Mapping[str, bytes]) -> None:
        self._db.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?)", facts.items())

    def forget(self, *names: str) -> None:
        self._db.executemany("DELETE FROM facts WHERE name = ?", [(name,) for name in names])

    def documents(self) -> Iterator[tuple[str, str, bytes, int]]:
        """Path, stamp, hash and newest date of each document."""
        return self._db.execute("SELECT path, stamp, hash, newest FROM documents")

    def paths(self) -> set[str]:
        """Of all documents."""
        return {path for (path,) in self._db.execute("SELECT path FROM documents")}

    def contents(self) -> Iterator[tuple[int, bytes, bytes]]:
        """Kind, candidate and problems of each document, by path."""
        return self._db.execute("SELECT kind, candidate, problems FROM documents ORDER BY path")

    def newest(self) -> int:
        """The newest date in any document, seconds since 1970."""
        (newest,) = self._db.execute("SELECT max(newest) FROM documents").fetchone()
        return newest or 0

    def store_documents(self, rows: Iterable[DocumentRow], items: Iterable[tuple[str, bytes]]) -> None:
        """`items`: what the candidates among them say, by path."""
        self._db.executemany("INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
        self._db.executemany("INSERT OR REPLACE INTO items VALUES (?, ?)", items)

    def touch_documents(self, stamps: Iterable[tuple[str, str]]) -> None:
        """New stamps of unchanged documents: (stamp, path)."""
        self._db.executemany("UPDATE documents SET stamp = ? WHERE path = ?", stamps)

    def drop_documents(self, paths: Iterable[str]) -> None:
        for table in ("documents", "items"):
            self._db.executemany(f"DELETE FROM {table} WHERE path = ?", [(path,) for path in paths])  # noqa: S608

    def items(self, paths: Iterable[str]) -> Iterator[bytes]:
        """In their order; raises CacheError for one that is not there."""
        for path in paths:
            row = self._db.execute("SELECT item FROM items WHERE path = ?", (path,)).fetchone()
            if row is None:
                raise CacheError(f"no item {path}")
            yield row[0]

    def outputs(self) -> dict[str, tuple[bytes, bytes]]:
        """Of each output its fingerprint, and what is known of its files."""
        return {name: (mark, files) for name, mark, files in self._db.execute("SELECT * FROM outputs")}

    def store_outputs(self, outputs: Iterable[tuple[str, bytes, bytes]]) -> None:
        self._db.executemany("INSERT OR REPLACE INTO outputs VALUES (?, ?, ?)", outputs)

    def drop_outputs(self, names: Iterable[str]) -> None:
        self._db.executemany("DELETE FROM outputs WHERE name = ?", [(name,) for name in names])

    def clear(self) -> None:
        for table in ("facts", "documents", "items", "outputs"):
            self._db.execute(f"DELETE FROM {table}")  # noqa: S608

    def commit(self) -> None:
        self._db.commit()


@contextmanager
def opened(folder: Path | None, waiting: Callable[[], None] | None = None) -> Iterator[Cache]:
    """The cache in that folder, made when it is not there; in memory for None, or where it cannot be written.

    No other has it at the same time; `waiting` is called when one has. Raises, from its methods too, CacheError when
    the file turns out to be damaged: `discard` it then; and CacheUnusableError when another does not let go of it, or
    the disk is full.
    """
    try:
        with closing(_connect(folder, waiting)) as connection:
            yield Cache(connection)
            connection.commit()
    except sqlite3.Error as error:
        kind = CacheUnusableError if _code(error) in _PASSING else CacheError
        raise kind(str(error)) from error


_PASSING = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_AUTH,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
}
"""Errors that say nothing of what is in the file."""


def _code(error: sqlite3.Error) -> int:
    """Without the details in its upper bits; 0 for one of Python's own."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def discard(folder: Path) -> None:
    """Deletes the cache; what cannot be deleted stays."""
    for suffix in ("", "-journal"):
        with suppress(OSError):
            (folder / f"{_FILE_NAME}{suffix}").unlink()


def _connect(folder: Path | None, waiting: Callable[[], None] | None) -> sqlite3.Connection:
    if folder is None or not _prepare(folder):
        connection = sqlite3.connect(":memory:")
    else:
        connection = sqlite3.connect(folder / _FILE_NAME, timeout=0)
    try:
        _take(connection, waiting)
        # Losing the cache at a power failure costs one slow build; waiting for the disk would cost every build.
        connection.execute("PRAGMA synchronous = OFF")
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if (application, version) != (_APPLICATION_ID, _VERSION):
            _make_tables(connection)
    except BaseException:
        connection.close()
        raise
    return connection


_PATIENCE = 60
"""Seconds to wait for another program to let go of the file. Builds of one out/ already wait for each other there."""


def _take(connection: sqlite3.Connection, waiting: Callable[[], None] | None) -> None:
    """From the first word to the last: a build that had read what another then changes would have to begin again."""
    try:
        connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        if _code(error) != sqlite3.SQLITE_BUSY:
            raise
        if waiting:
            waiting()
        connection.execute(f"PRAGMA busy_timeout = {int(_PATIENCE * 1000)}")
        connection.execute("BEGIN EXCLUSIVE")
    # What is held now is kept from here on. Not before: two that wait would keep what each has to wait for.
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    connection.commit()


def _make_tables(connection: sqlite3.Connection) -> None:
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    drops = "".join(f"DROP TABLE {name};" for name in tables)
    marks = f"PRAGMA application_id = {_APPLICATION_ID}; PRAGMA user_version = {_VERSION};"
    connection.executescript(f"BEGIN;{drops}{_TABLES}{marks}COMMIT;")


def _prepare(folder: Path) -> bool:
    """Whether files can be made there; never by following a link that somebody has put there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in (("CACHEDIR.TAG", _TAG), (".gitignore", "*\n")):
            if not (folder / name).exists():
                (folder / name).unlink(missing_ok=True)  # a link that leads nowhere
                (folder / name).write_text(text, encoding="utf-8")
        for suffix in ("", "-journal"):
            if (path := folder / f"{_FILE_NAME}{suffix}").is_symlink():
                path.unlink()
    except OSError:
        return False
    return True
