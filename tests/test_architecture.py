"""The packages are in the order of the pipeline, and each one imports only those before it."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import feeds

PACKAGE = Path(feeds.__file__).parent

ORDER = [
    *("model", "problems", "text", "urls", "languages", "media_types", "fetch"),
    *("config", "sources", "items", "editions", "renderers", "output", "engine", "report"),
    *("rebuild", "pipeline", "survey"),
    *("preview", "scaffold", "delivery", "commands"),
]

# What takes longer to load than a build without changes takes, or than anybody wants to wait for help.
HEAVY = {
    "babel",
    "distributed",
    "feedgen",
    "fsspec",
    "jinja2",
    "lxml",
    "markdown_it",
    "nh3",
    "premailer",
    "regex",
    "rich",
    "urllib3",
    "yaml",
}

MOST_IMPORTS_IN_FUNCTIONS = 17


def _modules() -> dict[str, ast.Module]:
    paths = (p for p in sorted(PACKAGE.rglob("*.py")) if p.name not in ("__init__.py", "__main__.py"))
    return {p.relative_to(PACKAGE).as_posix(): ast.parse(p.read_text(encoding="utf-8")) for p in paths}


def _imported(tree: ast.Module) -> set[str]:
    """Return the parts of the package that a module imports, anywhere in it."""
    modules = (n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom))
    return {m.split(".")[1] for m in modules if m.startswith("feeds.")}


MODULES = _modules()


def test_every_part_has_its_place() -> None:
    assert {name.split("/")[0].removesuffix(".py") for name in MODULES} == set(ORDER)


@pytest.mark.parametrize("name", MODULES)
def test_a_module_imports_only_what_comes_before_it(name: str) -> None:
    part = name.split("/")[0].removesuffix(".py")
    assert _imported(MODULES[name]) <= set(ORDER[: ORDER.index(part) + 1])


def test_no_modules_import_each_other_in_a_circle() -> None:
    names = {f"feeds.{path.removesuffix('.py').replace('/', '.')}": path for path in MODULES}
    TopologicalSorter({path: _imported_modules(MODULES[path], names) for path in MODULES}).prepare()


def _imported_modules(tree: ast.Module, names: dict[str, str]) -> set[str]:
    found = [n for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)]
    imported = {name for n in found for name in (n.module, *(f"{n.module}.{alias.name}" for alias in n.names))}
    return {names[name] for name in imported if name in names}


def test_few_imports_are_inside_functions_and_each_has_its_reason() -> None:
    found = [place for name, tree in MODULES.items() for place in _imports_in_functions(name, tree)]
    assert len(found) <= MOST_IMPORTS_IN_FUNCTIONS, found
    assert [place for place in found if not _has_reason(*place)] == []


def _imports_in_functions(name: str, tree: ast.Module) -> Iterator[tuple[str, int]]:
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)]
    inner = {n.lineno for f in functions for n in ast.walk(f) if isinstance(n, ast.Import | ast.ImportFrom)}
    yield from ((name, number) for number in sorted(inner))


def _has_reason(name: str, number: int) -> bool:
    """Return whether there is a comment beside the import, or beside the one above."""
    lines = (PACKAGE / name).read_text(encoding="utf-8").splitlines()
    return any("  # " in line and " import " in line for line in lines[number - 2 : number])


def _loaded(*arguments: str, cwd: Path) -> set[str]:
    code = (
        "import sys; from feeds.commands.main import main;"
        f"main({list(arguments)!r}, standalone_mode=False); print('loaded:', *sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=cwd, capture_output=True, text=True, check=True)
    return set(done.stdout.partition("loaded:")[2].split())


def test_a_build_without_changes_loads_no_heavy_module(tmp_path: Path) -> None:
    (tmp_path / "seeds").mkdir()
    fields = ("title: One", "webUrl: https://a.example/1", "date: 2021-01-26", "topics: [AI]", "quality: 60")
    item = "\n".join(["---", *fields, "published: true", "---", ""])
    (tmp_path / "seeds/one.md").write_text(item, encoding="utf-8")
    assert _loaded("build", "-q", cwd=tmp_path) & HEAVY
    assert not _loaded("build", "-q", cwd=tmp_path) & HEAVY


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_loads_no_command_and_no_heavy_module(option: str, tmp_path: Path) -> None:
    loaded = _loaded(option, cwd=tmp_path)
    assert {name for name in loaded if name.startswith("feeds.")} == {"feeds.commands", "feeds.commands.main"}
    assert not loaded & (HEAVY | {"sqlite3", "msgspec"})
