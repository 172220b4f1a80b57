"""`feeds serve`: builds, serves, and builds again whenever a source, the configuration or a template changes."""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import watchfiles
from msgspec import Struct
from watchfiles import Change

from feeds.config.load import FILE_NAME, Config
from feeds.config.locations import Location, local
from feeds.engine.processes import Serial
from feeds.media_types import OPML
from feeds.pipeline import build
from feeds.preview.server import PreviewState, Server
from feeds.problems import ConfigError, Problem
from feeds.renderers.syndication.formats import FORMATS
from feeds.renderers.templates import environment
from feeds.report import BuildError, BuildReport

_MEDIA_TYPES = {f.file_name: f.media_type for f in FORMATS} | {OPML: "text/x-opml"}
_MAX_COMPLAINTS = 50
"""On a page; the terminal has all."""


class Outcome(Struct, frozen=True, kw_only=True):
    """What became of one build."""

    config: Config | None
    """None when it could not be read."""
    report: BuildReport | None = None
    """None when nothing was built."""
    error: str = ""
    """Why nothing was built."""
    problems: Sequence[Problem] = ()


def preview(
    server: Server,
    load: Callable[[], Config],
    clock: Callable[[], datetime],
    tell: Callable[[Outcome], None],
    config_file: Path | None = None,
) -> None:
    """Builds, publishes to `server`, tells, and again after each change; ends with KeyboardInterrupt only.

    `load` reads the configuration anew for each build; `config_file` is the one it reads, if that has another name.
    """
    known: Config | None = None
    old: _Watchers | None = None
    changed = threading.Event()
    with _in_background(server):
        while True:
            changed.clear()
            outcome = _loaded(load)
            known = outcome.config or known
            # The new watchers begin before the old ones end, so that no change falls in between.
            new = _Watchers(known, config_file, changed)
            if outcome.config:
                outcome = _built(outcome.config, clock())
            if old:
                old.stop()
            old = new
            server.publish(_site(outcome, known))
            tell(outcome)
            while not changed.wait(0.5):
                pass  # in short waits, which an interrupt can end on every system


@contextmanager
def _in_background(server: Server) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


def on_this_machine(config: Config) -> Config:
    """The same; raises ConfigError for one with sources that cannot be watched, or an output that cannot be served."""
    for location in (*config.sources, config.out):
        _path(location)
    return config


def _path(location: Location) -> Path:
    return local(location, "feeds serve")


def _loaded(load: Callable[[], Config]) -> Outcome:
    try:
        return Outcome(config=load())
    except ConfigError as error:
        return Outcome(config=None, error=str(error))


def _built(config: Config, now: datetime) -> Outcome:
    """Never raises: whatever is wrong is shown, and can be mended."""
    environment.cache_clear()  # it would not notice that a template of one's own now replaces a shipped one
    try:
        report = build(config, now, executor=Serial())  # a process with threads is not to be forked
    except BuildError as error:
        return Outcome(config=config, error=f"error: {error}", problems=error.problems)
    except ConfigError as error:
        return Outcome(config=config, error=str(error))
    except Exception as error:  # a preview goes on, whatever comes
        return Outcome(config=config, error=f"error: {type(error).__name__}: {error}")
    mistakes = "\n".join(f"error: {mistake}" for mistake in report.mistakes)
    return Outcome(config=config, report=report, error=mistakes, problems=report.problems)


def _site(outcome: Outcome, known: Config | None) -> PreviewState:
    """What is in out/, and all that is wrong, errors first."""
    problems = [str(p) for p in sorted(outcome.problems, key=lambda p: (p.severity, p))]
    complaints = [*outcome.error.splitlines(), *problems]
    if (rest := len(complaints) - _MAX_COMPLAINTS) > 0:
        complaints[_MAX_COMPLAINTS:] = [f"… and {rest} more"]
    return PreviewState(
        out=_path(known.out) if known else None,
        base_url=known.site.base_url if known else "",
        media_types=_MEDIA_TYPES,
        complaints=complaints,
        failed=bool(outcome.error),
    )


# ---- watching


class _Watchers:
    """Set `changed` when anything that a build reads may have changed, until they are stopped."""

    def __init__(self, config: Config | None, config_file: Path | None, changed: threading.Event) -> None:
        self._changed = changed
        self._stop = threading.Event()
        out = _path(config.out).resolve() if config else None
        roots = [p.resolve() for p in _roots(config)]
        folders = {p for p in roots if p.is_dir()}
        names = {p for root in roots for p in _entries(root)} | _config_files(config, config_file)
        self._watch(folders, lambda path: _is_input(path, folders, out), recursive=True)
        self._watch({p.parent for p in names if p.parent.is_dir()}, lambda path: path in names, recursive=False)

    def stop(self) -> None:
        self._stop.set()

    def _watch(self, folders: set[Path], is_relevant: Callable[[Path], bool], *, recursive: bool) -> None:
        def watch() -> None:
            for polling in (None, True):  # where the system watches no more, or no such files, looking is left
                try:
                    for _ in watchfiles.watch(
                        *folders,
                        watch_filter=relevant,
                        stop_event=self._stop,
                        recursive=recursive,
                        force_polling=polling,
                        ignore_permission_denied=True,
                        raise_interrupt=False,
                    ):
                        self._changed.set()
                except OSError:
                    continue
                return

        def relevant(_change: Change, path: str) -> bool:
            return is_relevant(Path(path))

        if folders:
            threading.Thread(target=watch, daemon=True).start()


def _roots(config: Config | None) -> list[Path]:
    if config is None:
        return []
    return [*map(_path, config.sources), *([config.templates] if config.templates else [])]


def _entries(root: Path) -> Iterator[Path]:
    """What comes or goes when `root` does: itself, and those folders above it that are not there yet."""
    yield root
    for folder in root.parents:
        if folder.is_dir():
            return
        yield folder


def _config_files(config: Config | None, config_file: Path | None) -> set[Path]:
    folder = config.root if config else Path()
    files = [config_file] if config_file else [folder / FILE_NAME, folder / "pyproject.toml"]
    return {path.parent.resolve() / path.name for path in files}


def _is_input(path: Path, folders: Iterable[Path], out: Path | None) -> bool:
    """Below a source or the templates, not hidden there, and not written by the build."""
    if out and path.is_relative_to(out):
        return False
    inner = [path.relative_to(folder).parts for folder in folders if path.is_relative_to(folder)]
    return any(not any(part.startswith(".") for part in parts) for parts in inner)
