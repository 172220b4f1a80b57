"""Fingerprint what outputs depend on besides documents: the software, the configuration, the templates."""

import hashlib
import os
import sys
from collections.abc import Container, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from feeds.config.load import Config
from feeds.renderers.shipped import COMPILED, PACKAGE, templates_dir

_SIZE = 16


def fingerprint(*parts: bytes) -> bytes:
    """Return the fingerprint of the parts and of their lengths."""
    hashed = hashlib.sha256()  # most processors have instructions for it
    for part in parts:
        hashed.update(b"%d:" % len(part))
        hashed.update(part)
    return hashed.digest()[:_SIZE]


def software() -> bytes:
    """Return the fingerprint of this package and of what is installed beside it: an upgrade may change any output."""
    return fingerprint(*_contents(PACKAGE), *_contents(templates_dir()), *_installed(), sys.version.encode())


def package() -> str:
    """Return the fingerprint of this package's code and templates alone, wherever they are installed."""
    code = _contents(PACKAGE, without=PACKAGE / "templates")  # they are there in a wheel, but not in a checkout
    return fingerprint(*code, *_contents(templates_dir())).hex()


def configuration(config: Config) -> bytes:
    """Return the fingerprint of the configuration and of the templates it names."""
    return fingerprint(repr(config).encode(), *(_contents(config.templates) if config.templates else ()))


def editorials(config: Config) -> bytes:
    """Return the fingerprint of all files of the editor."""
    return fingerprint(*(_contents(config.editorial) if config.editorial else ()))


def _contents(folder: Path, without: Path | None = None) -> Iterator[bytes]:
    for path in sorted(_files(str(folder), {str(without), str(templates_dir() / COMPILED)})):
        with suppress(OSError):
            content = b""
            if os.path.isfile(path):  # noqa: PTH113  (about eighty in each build; a pipe would wait for a writer)
                with open(path, "rb") as file:  # noqa: PTH123
                    content = file.read()
            yield path.removeprefix(str(folder)).encode("utf-8", "surrogateescape")
            yield content


def _files(folder: str, without: Container[str]) -> Iterator[str]:
    with suppress(OSError), os.scandir(folder) as scan:
        for entry in scan:
            if entry.is_dir(follow_symlinks=False):
                if entry.name != "__pycache__" and entry.path not in without:
                    yield from _files(entry.path, without)
            else:
                yield entry.path


def _installed() -> Iterable[bytes]:
    """Return the names and versions of distributions, as their metadata folders are named: reading takes longer."""
    found: set[str] = set()
    for folder in sys.path:
        with suppress(OSError):
            found |= {name for name in os.listdir(folder or ".") if name.endswith((".dist-info", ".egg-info"))}  # noqa: PTH208
    return (name.encode("utf-8", "surrogateescape") for name in sorted(found))
