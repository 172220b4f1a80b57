"""Keep what earlier builds have read and rendered, in one SQLite file that may be deleted at any time.

The cache never changes what a build makes. It starts over with other software or other tables, or when it is damaged:
each row has a checksum, since a row with one wrong bit is a valid row to SQLite.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

import msgspec

from feeds.model import DocumentKind
from feeds.sources.find import document_name

_FILE_NAME = "feeds.sqlite3"
_APPLICATION_ID = 0x66656564  # "feed": tells this file from other SQLite databases
_VERSION = 4
_TABLES = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value BLOB NOT NULL, checksum INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE documents (
  name TEXT PRIMARY KEY, stamp TEXT NOT NULL, fingerprint BLOB NOT NULL, kind INTEGER NOT NULL,
  newest INTEGER NOT NULL, candidate BLOB NOT NULL, problems BLOB NOT NULL, checksum INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE items (name TEXT PRIMARY KEY, item BLOB NOT NULL, checksum INTEGER NOT NULL);
CREATE TABLE outputs (
  name TEXT PRIMARY KEY, fingerprint BLOB NOT NULL, files BLOB NOT NULL, checksum INTEGER NOT NULL
) WITHOUT ROWID;
"""
_STAMPS = """
SELECT name, CASE WHEN newest <= ?1 THEN stamp ELSE '' END, CASE WHEN newest <= ?1 THEN fingerprint ELSE x'' END
FROM documents
"""
# https://bford.info/cachedir/
_TAG = "Signature: 8a477f597d28d172789f06886806bc55\n# Made by feeds to build faster. It may be deleted at any time.\n"


class Task(NamedTuple):
    """A document to read."""

    path: str
    """The path of its File (`sources.find`)."""
    stamp: str
    """See `find.stamp`; "" when the file is too new to rely on it."""
    fingerprint: bytes
    """The fingerprint of its known content; empty when there is none."""

    @property
    def name(self) -> str:
        """See `find.document_name`."""
        return document_name(self.path)


class DocumentRow(NamedTuple):
    """What is known of a document."""

    name: str
    """See `find.document_name`."""
    stamp: str
    """See `find.stamp`; "" when the document has to be read again."""
    fingerprint: bytes
    """The fingerprint of its content; empty when it has to be read again, whatever the content."""
    kind: DocumentKind
    newest: int = 0
    """The newest date in it, in seconds since 1970. Until then it may look different every night."""
    candidate: bytes = b""
    problems: bytes = b""

    @property
    def checksum(self) -> int:
        """Leave out the stamp, which changes alone: a wrong one only means that the document is read again."""
        return _checksum(self.name, self.kind, self.newest, self.fingerprint, self.candidate, self.problems)


_encode = msgspec.msgpack.Encoder().encode


def _checksum(*parts: str | int | bytes) -> int:
    """Return the checksum of parts, their lengths and their types: SQLite stores any type in any column."""
    return crc32(_encode(parts))


class CacheError(Exception):
    """The file is damaged; start over."""


class CacheUnusableError(Exception):
    """The file cannot be used now, though it may be intact; build without a cache."""


class Cache:
    """The cache, open inside a `with opened(…)` block."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def facts(self) -> dict[str, bytes]:
        """Return single values by name."""
        found = {}
        for name, value, checksum in self._db.execute("SELECT * FROM facts"):
            _check(checksum, name, value)
            found[name] = value
        return found

    def remember(self, facts: Mapping[str, bytes]) -> None:
        rows = ((name, value, _checksum(name, value)) for name, value in facts.items())
        self._db.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?, ?)", rows)

    def forget(self, *names: str) -> None:
        self._db.executemany("DELETE FROM facts WHERE name = ?", [(name,) for name in names])

    def documents(self) -> Iterator[DocumentRow]:
        """Yield what is known of each document, sorted by name."""
        yield from self._documents("")

    def stamps(self, today: int) -> dict[str, tuple[str, bytes]]:
        """Return the stamp and the fingerprint of each document by name; both are empty if it has a later date.

        They are not checked, as a wrong one only makes a build read a document again.
        """
        rows = self._db.execute(_STAMPS, (today,))
        return {name: (stamp, mark) for name, stamp, mark in rows}

    def skipped(self) -> Iterator[DocumentRow]:
        """Yield the documents of low quality that have no candidate."""
        yield from self._documents(f"WHERE kind = {DocumentKind.LOW_QUALITY:d} AND candidate = x''")

    def _documents(self, condition: str) -> Iterator[DocumentRow]:
        last = ""
        for *columns, checksum in self._db.execute(f"SELECT * FROM documents {condition} ORDER BY name"):  # noqa: S608
            row = DocumentRow(*columns)
            # A damaged page may also yield a row twice.
            if row.checksum != checksum or row.name <= last:
                raise CacheError(f"the row after {last!r} is damaged")
            last = row.name
            yield row

    def newest_and_settled(self) -> tuple[int, bool]:
        """Return the newest date in any document, and whether all stamps can be relied on."""
        newest, settled = self._db.execute("SELECT max(newest), min(stamp != '') FROM documents").fetchone()
        return newest or 0, settled != 0

    def store_documents(self, found: Sequence[tuple[DocumentRow, bytes]]) -> None:
        """Store documents, each with its item; the item of a document that is no candidate is empty."""
        rows = ((*row, row.checksum) for row, _ in found)
        self._db.executemany("INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
        items = ((row.name, item, _checksum(row.name, item)) for row, item in found if item)
        self._db.executemany("INSERT OR REPLACE INTO items VALUES (?, ?, ?)", items)

    def touch_documents(self, stamps: Iterable[tuple[str, str]]) -> None:
        """Replace the stamps of unchanged documents, given as (stamp, name)."""
        self._db.executemany("UPDATE documents SET stamp = ? WHERE name = ?", stamps)

    def drop_documents(self, names: Iterable[str]) -> None:
        for table in ("documents", "items"):
            self._db.executemany(f"DELETE FROM {table} WHERE name = ?", [(name,) for name in names])  # noqa: S608

    def items(self, names: Iterable[str]) -> Iterator[bytes]:
        """Yield the items of these documents in their order; raise CacheError when one is missing."""
        for name in names:
            row = self._db.execute("SELECT item, checksum FROM items WHERE name = ?", (name,)).fetchone()
            if row is None:
                raise CacheError(f"no item {name}")
            _check(row[1], name, row[0])
            yield row[0]

    def outputs(self) -> dict[str, tuple[bytes, bytes]]:
        """Return the fingerprint of each output by name, with what is known of its files."""
        found = {}
        for name, mark, files, checksum in self._db.execute("SELECT * FROM outputs"):
            _check(checksum, name, mark, files)
            found[name] = (mark, files)
        return found

    def store_outputs(self, outputs: Iterable[tuple[str, bytes, bytes]]) -> None:
        rows = ((*output, _checksum(*output)) for output in outputs)
        self._db.executemany("INSERT OR REPLACE INTO outputs VALUES (?, ?, ?, ?)", rows)

    def drop_outputs(self, names: Iterable[str]) -> None:
        self._db.executemany("DELETE FROM outputs WHERE name = ?", [(name,) for name in names])

    def clear(self) -> None:
        for table in ("facts", "documents", "items", "outputs"):
            self._db.execute(f"DELETE FROM {table}")  # noqa: S608

    def commit(self) -> None:
        self._db.commit()


def _check(checksum: int, name: str, *values: bytes) -> None:
    if _checksum(name, *values) != checksum:
        raise CacheError(f"the row of {name!r} is damaged")


@contextmanager
def opened(folder: Path | None, waiting: Callable[[], None] | None = None) -> Iterator[Cache]:
    """Open or create the cache in a folder; use memory for None, or when the folder cannot be written.

    Only one process has it at a time; `waiting` is called while another one has. The whole block may raise CacheError,
    when the file is damaged (`discard` it then), and CacheUnusableError, when it stays locked or the disk is full.
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
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
}
"""Errors that do not mean that the file is damaged."""


def _code(error: sqlite3.Error) -> int:
    """Return SQLite's error code without the details in its upper bits; 0 for an error of Python's own."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def discard(folder: Path) -> None:
    """Delete the cache, as far as possible."""
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
        # A power failure may cost the cache, and so one slow build; waiting for the disk would slow down every build.
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
"""Seconds to wait for another program to release the file. Builds with the same out/ wait for each other there."""


def _take(connection: sqlite3.Connection, waiting: Callable[[], None] | None) -> None:
    """Lock the database for the whole build; wait if another process holds it."""
    try:
        connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        if _code(error) != sqlite3.SQLITE_BUSY:
            raise
        if waiting:
            waiting()
        connection.execute(f"PRAGMA busy_timeout = {int(_PATIENCE * 1000)}")
        connection.execute("BEGIN EXCLUSIVE")
    # Keep the lock from here on. Not earlier: two waiting processes would keep what the other one needs.
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    connection.commit()


def _make_tables(connection: sqlite3.Connection) -> None:
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    drops = "".join(f"DROP TABLE {name};" for name in tables)
    marks = f"PRAGMA application_id = {_APPLICATION_ID}; PRAGMA user_version = {_VERSION};"
    connection.executescript(f"BEGIN;{drops}{_TABLES}{marks}COMMIT;")


def _prepare(folder: Path) -> bool:
    """Return whether files can be written there; remove links, which may lead anywhere, instead of following them."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in (("CACHEDIR.TAG", _TAG), (".gitignore", "*\n")):
            if not (folder / name).exists():
                (folder / name).unlink(missing_ok=True)  # a broken link
                (folder / name).write_text(text, encoding="utf-8")
        for suffix in ("", "-journal"):
            if (path := folder / f"{_FILE_NAME}{suffix}").is_symlink():
                path.unlink()
    except OSError:
        return False
    return True
