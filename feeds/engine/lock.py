"""One build at a time in a folder: a lock that the system takes back when its holder dies, however that happens.

Where folders can be locked (POSIX) nothing is written for it; on Windows a hidden file is, which goes with the lock.
"""

import errno
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import sleep

_PAUSE = 0.1  # seconds between two looks at a lock that another holds
_held: set[int] = set()
"""Descriptors of this process's locks."""


@contextmanager
def locked(folder: Path, waiting: Callable[[], None] | None = None) -> Iterator[bool]:
    """Holds the folder alone until the end; whether it does: some network file systems know no locks.

    A folder that is not there is made, and removed again if nothing came into it. `waiting` is called, once, when
    another holds the folder. Raises OSError when there can be no such folder.
    """
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    descriptor = _acquire(folder, waiting)
    try:
        yield descriptor is not None
    finally:
        if descriptor is None or descriptor in _held:  # in a process that was forked it is no longer ours
            _release(folder, descriptor, missing)


def _acquire(folder: Path, waiting: Callable[[], None] | None) -> int | None:
    while True:
        descriptor = _open(folder)
        if descriptor is None:
            return None
        try:
            while not _try_lock(descriptor):
                if waiting:
                    waiting()
                    waiting = None
                sleep(_PAUSE)
        except OSError:  # this file system has no locks
            os.close(descriptor)
            return None
        except BaseException:
            os.close(descriptor)
            raise
        if _is_current(descriptor, folder):
            _held.add(descriptor)
            return descriptor
        os.close(descriptor)  # who held it has removed it: what we have locked is nowhere


def _release(folder: Path, descriptor: int | None, missing: list[Path]) -> None:
    if sys.platform == "win32":  # which removes no file that is open
        _close(descriptor)
        with suppress(OSError):
            _lock_file(folder).unlink()
    for path in missing:
        with suppress(OSError):
            path.rmdir()  # only when empty
    if sys.platform != "win32":
        _close(descriptor)


def _close(descriptor: int | None) -> None:
    if descriptor is not None:
        _held.discard(descriptor)
        os.close(descriptor)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        advice = "this must be a folder, and is a file, or a link that leads nowhere: move it away"
        raise NotADirectoryError(errno.ENOTDIR, advice, str(folder)) from error


if sys.platform == "win32":
    import msvcrt

    def _lock_file(folder: Path) -> Path:
        return folder / ".feeds.lock"

    def _open(folder: Path) -> int | None:
        _make(folder)
        try:
            return os.open(_lock_file(folder), os.O_RDWR | os.O_CREAT)
        except OSError:
            return None

    def _try_lock(descriptor: int) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return False
        return True

    def _is_current(descriptor: int, folder: Path) -> bool:
        return True  # nobody can have removed what we had open

else:
    import fcntl

    def _open(folder: Path) -> int | None:
        _make(folder)
        try:
            return os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        except OSError:  # it may not be read
            return None

    def _try_lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _is_current(descriptor: int, folder: Path) -> bool:
        try:
            return os.path.samestat(os.fstat(descriptor), folder.stat())
        except OSError:
            return False

    def _forget() -> None:
        """In a process that was forked: it must not hold on to a lock when its parent has been killed."""
        while _held:
            os.close(_held.pop())

    os.register_at_fork(after_in_child=_forget)
