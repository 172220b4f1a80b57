"""Tell the files of earlier builds from those of others, and note the names of new files before they are written.

A build that is killed leaves files that no manifest lists. The next build finds their names in `.feeds-pending`.
"""

from collections.abc import Collection, Container, Iterable, Iterator, Mapping

from feeds.config.locations import Location, join
from feeds.output.folder import write_files
from feeds.output.protocol import Occupied, OutputFolder

PENDING = ".feeds-pending"
_SHOWN = 10
"""Files that an error message names; more would not help."""


def pending_names(out: OutputFolder) -> frozenset[str]:
    """Return the names that a build has noted and not recorded in a manifest."""
    return frozenset((out.read(PENDING) or b"").decode(errors="replace").splitlines())


def note(out: OutputFolder, names: Collection[str]) -> None:
    """Note the names of files that no manifest lists, or remove the note if there are none; raise OSError."""
    if names:
        write_files(out, {PENDING: "".join(f"{name}\n" for name in sorted(names)).encode()})
    elif out.stamp(PENDING):
        out.remove([PENDING])


def in_the_way(
    out: OutputFolder, names: Iterable[str], ours: Container[str], *, overwrite: bool
) -> dict[str, Occupied]:
    """Return what others have put where files are to be written, keyed by the name of the file.

    To `overwrite` means to replace files and links, but no folder, and no file that is in the place of a folder.
    """
    found = out.occupied([name for name in names if name not in ours])
    return {o.name: o for o in found if not (overwrite and o.is_replaceable)}


def differing(out: OutputFolder, found: Mapping[str, Occupied], files: Mapping[str, bytes]) -> dict[str, Occupied]:
    """Return what is in the way of these files; a file with the very bytes is not."""
    return {name: found[name] for name, data in files.items() if name in found and out.read(name) != data}


def complaints(location: Location, found: Iterable[Occupied]) -> Iterator[str]:
    """Yield a line for each file in the way."""
    places = sorted({o.place for o in found})
    for place in places[:_SHOWN]:
        yield f"{join(location, place)} is in the way and was not made by feeds; {_ADVICE}"
    if len(places) > _SHOWN:
        yield f"{len(places) - _SHOWN:,} more files in {location} are in the way, too"


_ADVICE = "move it away, use another output folder, or replace it with `feeds build --overwrite`"
