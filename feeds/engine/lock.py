"""Lock a folder, so that only one build at a time uses it. The system releases the lock when its holder dies.

On POSIX systems the folder itself is locked; on Windows a hidden file is, which is removed with the lock.
"""

import errno
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import sleep

_PAUSE = 0.1  # seconds between two attempts to get a lock
_held: set[int] = set()
"""The descriptors of this process's locks."""


@contextmanager
def locked(folder: Path, waiting: Callable[[], None] | None = None) -> Iterator[bool]:
    """Hold the folder's lock inside the block; yield False where the file system has no locks.

    A missing folder is created, and removed at the end if it is still empty. `waiting` is called once when another
    process holds the lock. Raise OSError when the folder cannot be created.
    """
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    descriptor = _acquire(folder, waiting)
    try:
        yield descriptor is not None
    finally:
        if descriptor is None or descriptor in _held:  # in a forked process it is no longer ours
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
        os.close(descriptor)  # its holder has removed the folder that we opened


def _release(folder: Path, descriptor: int | None, missing: list[Path]) -> None:
    if sys.platform == "win32":  # cannot remove an open file
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
        advice = "this must be a folder, but it is a file or a broken link; move it away"
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
        return True  # nobody can remove a file that we have open

else:
    import fcntl

    def _open(folder: Path) -> int | None:
        _make(folder)
        try:
            return os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        except OSError:  # it is not readable
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
        """Release the locks in a forked process, which would otherwise keep them when its parent is killed."""
        while _held:
            os.close(_held.pop())

    os.register_at_fork(after_in_child=_forget)
