"""Where sources and outputs are: in a local folder, or elsewhere at a URL that fsspec can open. Pure."""

import re
from pathlib import Path
from typing import NamedTuple

from msgspec import Struct

from feeds.problems import ConfigError


class Url(Struct, frozen=True):
    """A folder or a document: `s3://bucket/items`, `zip::s3://bucket/items.zip`. It has no slash at its end."""

    text: str

    def __str__(self) -> str:
        return self.text


Location = Path | Url

_URL = re.compile(r"(?:[a-z][a-z0-9+.-]+::)*[a-z][a-z0-9+.-]+://|zip::", re.IGNORECASE)
_LOCAL = re.compile(r"(?:file|local)://", re.IGNORECASE)
_LOCAL_ARCHIVE = re.compile(r"zip://(?!.*::)(?=.*[^/])", re.IGNORECASE)
_PASSWORD = re.compile(r"://[^/@]*:[^/@]*@")


def is_url(text: str) -> bool:
    """Return whether the text is a URL; `C:/items` and `notes::2021` are paths."""
    return _URL.match(text) is not None


def problem(text: str) -> str:
    """Return why the text cannot be a location; "" if it can."""
    if _LOCAL.match(text):
        return "is a local one; write it as a path, without file://"
    if is_url(text) and _PASSWORD.search(text):
        return "contains a password; remove it and set it in the environment, as its service documents"
    return ""


def located(text: str, root: Path = Path()) -> Location:
    """Return the location that `text` names: a path relative to `root`, or a URL. Raise ConfigError if it is neither.

    `zip://items.zip`, which is ambiguous, means the local archive of that name.
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
    """Return the path of a local folder; raise ConfigError for a URL. `what` needs the folder: `feeds serve`."""
    if isinstance(location, Url):
        advice = "name one on the command line, or in `sources` and `out`"
        raise ConfigError("", [f"{location} is not a local folder; {what} needs one: {advice}"])
    return location


def join(location: Location, name: str) -> str:
    """Return the location of a file in a folder, for messages; POSIX."""
    return f"{location}/{name}" if isinstance(location, Url) else (location / name).as_posix()


class Sources(NamedTuple):
    """Where documents are, for a process that may run in another folder or on another machine."""

    root: str
    """Folder that relative paths start in."""
    urls: tuple[Url, ...]
    token: int
    """Differs between builds, so that no build uses what an earlier one has opened."""

    def url(self, path: str) -> Url | None:
        """Return the source that a document's path begins with; None for a local document."""
        if not self.urls:
            return None
        return next((u for u in self.urls if path == u.text or path.startswith(f"{u}/")), None)
