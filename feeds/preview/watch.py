"""`feeds serve`: build, serve, and build again whenever a source, the configuration or a template changes."""

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
_MAX_MESSAGES = 50
"""Messages on a page; the terminal shows all."""


class BuildResult(Struct, frozen=True, kw_only=True):
    """The result of one build."""

    config: Config | None
    """None if it could not be read."""
    report: BuildReport | None = None
    """None if nothing was built."""
    error: str = ""
    """Why nothing was built, or which files could not be made."""
    problems: Sequence[Problem] = ()


def preview(
    server: Server,
    load: Callable[[], Config],
    clock: Callable[[], datetime],
    on_build: Callable[[BuildResult], None],
    config_file: Path | None = None,
) -> None:
    """Build, publish the result to `server` and pass it to `on_build`, now and after each change.

    Return only by an exception, such as KeyboardInterrupt. `load` reads the configuration before each build;
    `config_file` is the file that it reads, if not the default one.
    """
    config: Config | None = None
    old: _Watchers | None = None
    changed = threading.Event()
    with _in_background(server):
        while True:
            changed.clear()
            result = _loaded(load)
            config = result.config or config
            # The new watchers start before the old ones stop, so that no change is missed in between.
            new = _Watchers(config, config_file, changed)
            if result.config:
                result = _built(result.config, clock())
            if old:
                old.stop()
            old = new
            server.publish(_state(result, config))
            on_build(result)
            while not changed.wait(0.5):
                pass  # short waits, because some systems cannot interrupt a long one


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
    """Return the configuration. Raise ConfigError if its sources or its output are not on this machine."""
    for location in (*config.sources, config.out):
        _path(location)
    return config


def _path(location: Location) -> Path:
    return local(location, "feeds serve")


def _loaded(load: Callable[[], Config]) -> BuildResult:
    try:
        return BuildResult(config=load())
    except ConfigError as error:
        return BuildResult(config=None, error=str(error))


def _built(config: Config, now: datetime) -> BuildResult:
    """Build, and return any exception as an error: it is shown, and the next build may succeed."""
    environment.cache_clear()  # it would not notice a new template of the user's that replaces a shipped one
    try:
        report = build(config, now, closes=False, executor=Serial())  # forking a process that has threads is not safe
    except BuildError as error:
        return BuildResult(config=config, error=f"error: {error}", problems=error.problems)
    except ConfigError as error:
        return BuildResult(config=config, error=str(error))
    except Exception as error:  # the preview must not end
        return BuildResult(config=config, error=f"error: {type(error).__name__}: {error}")
    mistakes = "\n".join(f"error: {mistake}" for mistake in report.mistakes)
    return BuildResult(config=config, report=report, error=mistakes, problems=report.problems)


def _state(result: BuildResult, config: Config | None) -> PreviewState:
    """Return what to serve: out/, and the messages of the build, errors first."""
    problems = [str(p) for p in sorted(result.problems, key=lambda p: (p.severity, p))]
    messages = [*result.error.splitlines(), *problems]
    if (rest := len(messages) - _MAX_MESSAGES) > 0:
        messages[_MAX_MESSAGES:] = [f"… and {rest} more"]
    return PreviewState(
        out=_path(config.out) if config else None,
        base_url=config.site.base_url if config else "",
        media_types=_MEDIA_TYPES,
        messages=messages,
        language=config.site.language if config else "en",
        tools=config.mailing.tools if config and config.build.has_digests else (),
        failed=bool(result.error),
    )


# ---- watching


class _Watchers:
    """Threads that set `changed` when a file that a build reads may have changed, until they are stopped."""

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
            for polling in (None, True):  # poll if the system cannot watch more folders, or not these
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
    return [*map(_path, config.sources), *(folder for folder in (config.templates, config.editorial) if folder)]


def _entries(root: Path) -> Iterator[Path]:
    """Yield the root and those of its parents that do not exist yet: their creation or removal is a change."""
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
    """Return whether a path is in a source or in the templates, not hidden there, and not in the output."""
    if out and path.is_relative_to(out):
        return False
    inner = [path.relative_to(folder).parts for folder in folders if path.is_relative_to(folder)]
    return any(not any(part.startswith(".") for part in parts) for parts in inner)
