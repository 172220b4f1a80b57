"""What a build asks of the folder that it writes to, here or at a remote service."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Protocol

from msgspec import Struct


class Occupied(Struct, frozen=True):
    """A name at which there is something already."""

    name: str
    place: str
    """The name itself, or a file in the place of one of its folders."""
    is_replaceable: bool
    """False for a folder, and for a file in the place of a folder."""


def fingerprint(data: bytes) -> bytes:
    """Return the fingerprint of a file's bytes."""
    return sha256(data).digest()[:16]  # as in engine.fingerprints


class StagedFile(Struct, frozen=True, array_like=True):
    """A file that is ready to be put in its place."""

    fingerprint: bytes
    content: bytes | str | None
    """Its bytes, or the path of a temporary file that has them; None if the file in its place has them already."""


class OutputFolder(Protocol):
    """The folder of all outputs; the names of files are POSIX paths relative to it."""

    is_shared: bool
    """True if any process of this machine can stage files."""

    def stamp(self, name: str) -> str:
        """Return the stamp of a file; "" if there is no such file."""

    def read(self, name: str) -> bytes | None:
        """Return the bytes of a file; None if it can't be read."""

    def stage(self, files: Mapping[str, bytes], *, force: bool) -> dict[str, StagedFile]:
        """Get the files that differ ready to be written, or all with `force`; readers see nothing of it."""

    def write(self, files: Mapping[str, StagedFile]) -> Sequence[str]:
        """Put staged files in their places; return the names of those that differ.

        Readers see an old file or a new one, never a part, and the last file is written after all others.
        """

    def present(self, names: Iterable[str]) -> Iterator[str]:
        """Yield the names of files that exist in this folder; skip names that lead elsewhere."""

    def occupied(self, names: Iterable[str]) -> Iterator[Occupied]:
        """Yield those of the names at which there is anything: a file, a link, a folder, a pipe."""

    def remove(self, names: Iterable[str]) -> tuple[str, ...]:
        """Remove these files and the folders that become empty; return the names of the removed files."""

    def clean(self, names: Iterable[str]) -> None:
        """Remove temporary files of killed builds beside these files, and the folders of these files that are empty.

        Call this only while holding the lock.
        """
