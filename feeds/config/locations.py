"""Where sources and outputs are: in a folder of this machine, or elsewhere, by a URL that fsspec knows. Pure."""

import re
from pathlib import Path
from typing import NamedTuple

from msgspec import Struct

from feeds.problems import ConfigError


class Url(Struct, frozen=True):
    """A folder, or a document: `s3://bucket/items`, `zip::s3://bucket/items.zip`; no slash at its end."""

    text: str

    def __str__(self) -> str:
        return self.text


Location = Path | Url

_URL = re.compile(r"(?:[a-z][a-z0-9+.-]+::)*[a-z][a-z0-9+.-]+://|zip::", re.IGNORECASE)
_LOCAL = re.compile(r"(?:file|local)://", re.IGNORECASE)
_LOCAL_ARCHIVE = re.compile(r"zip://(?!.*::)(?=.*[^/])", re.IGNORECASE)
_PASSWORD = re.compile(r"://[^/@]*:[^/@]*@")


def is_url(text: str) -> bool:
    """Not `C:/items` or `notes::2021`, which are paths."""
    return _URL.match(text) is not None


def problem(text: str) -> str:
    """Why it can be none; empty when it can."""
    if _LOCAL.match(text):
        return "is one of this machine: write it as a path, without file://"
    if is_url(text) and _PASSWORD.search(text):
        return "has a password in it: take it out, and give it in the environment, as its service has it"
    return ""


def located(text: str, root: Path = Path()) -> Location:
    """What is meant by `text`, a path from `root` or a URL; raises ConfigError.

    `zip://items.zip`, which leaves open what is meant, is taken for the archive of that name on this machine.
    """
    if message := problem(text):
        raise ConfigError("", [f"an address {message}"])
    if not is_url(text):
        return root / text
    chain = _LOCAL_ARCHIVE.sub("zip::", text).rstrip("/").split("::")
    if len(chain) > 1 and not is_url(chain[-1]):
        chain[-1] = (root / chain[-1]).as_posix()
    return Url("::".join(chain))


def local(location: Location, what: str) -> Path:
    """The path; raises ConfigError when it is none. `what` needs one: `feeds serve`."""
    if isinstance(location, Url):
        raise ConfigError("", [f"{location} is not on this machine: {what} needs a folder that is"])
    return location


def join(location: Location, name: str) -> str:
    """For people: the file `name`, POSIX, in that folder."""
    return f"{location}/{name}" if isinstance(location, Url) else (location / name).as_posix()


class Sources(NamedTuple):
    """Where documents are, for a process that may run in another folder, or on another machine."""

    root: str
    """Where relative paths begin."""
    urls: tuple[Url, ...]
    token: int
    """Another one in each build: what is opened for one is not used for the next."""

    def url(self, path: str) -> Url | None:
        """The source that a document's path begins with; None for one on this machine."""
        if not self.urls:
            return None
        return next((u for u in self.urls if path == u.text or path.startswith(f"{u}/")), None)
