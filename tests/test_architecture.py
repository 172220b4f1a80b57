"""Imports go one way: down this list, never up."""

import ast
import re
from pathlib import Path

import pytest

import feeds

PACKAGE = Path(feeds.__file__).parent

LAYERS = """
model problems locations media urls shipped permalinks text languages templating mailing style tables
settings checking config options
storage finding locking cache fingerprints yaml_data documents values fields validation skimming schemas
selection stories archives issues editions explanations
subjects views inlining digest
syndication.content syndication.rss syndication.atom syndication.json_feed syndication.opml syndication
sitemap metadata inspection site manifest health products rendering
upload output executors cluster reading making sending serving scaffolding starting
build previewing reporting
cli.github cli.running cli.arguments cli.showing cli.building cli.asking cli.writing cli.mailing cli __main__
"""
ORDER = LAYERS.split()

PURE = set(ORDER) - {
    "languages",
    "shipped",
    "templating",
    "config",
    "storage",
    "upload",
    "finding",
    "locking",
    "cache",
    "fingerprints",
    "documents",
    "output",
    "executors",
    "cluster",
    "reading",
    "making",
    "sending",
    "serving",
    "starting",
    "build",
    "previewing",
    "cli.running",
    "cli.arguments",
    "cli.github",
    "cli.showing",
    "cli.building",
    "cli.asking",
    "cli.writing",
    "cli.mailing",
    "cli",
}
DOES_IO = {"os", "io", "socket", "subprocess", "tempfile", "shutil", "time", "random", "locale"}


def _modules() -> dict[str, ast.Module]:
    names = {p: ".".join(p.relative_to(PACKAGE).with_suffix("").parts) for p in sorted(PACKAGE.rglob("*.py"))}
    return {
        name.removesuffix(".__init__"): ast.parse(path.read_text(encoding="utf-8"))
        for path, name in names.items()
        if name != "__init__"
    }


def _imports(tree: ast.Module) -> set[str]:
    """Modules of the package that are imported, at the top or in a function."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "feeds":
            module = node.module.removeprefix("feeds").lstrip(".")
            submodules = {".".join(filter(None, [module, a.name])) for a in node.names}
            known = {s for s in submodules if s in ORDER}
            found |= known or {module}
    return found


MODULES = _modules()


def test_every_module_has_its_place() -> None:
    assert sorted(MODULES) == sorted(ORDER)


def test_the_readme_lists_them_in_the_same_order() -> None:
    readme = (PACKAGE.parent / "README.md").read_text(encoding="utf-8")
    rows = readme.partition("| module ")[2].partition("\n\n")[0].splitlines()[2:]
    listed = re.findall(r"`([^`]+)`(†?)", " ".join(row.split("|")[1] for row in rows))
    assert [name for name, _ in listed] == ORDER
    assert {name for name, mark in listed if not mark} == PURE


@pytest.mark.parametrize("name", MODULES)
def test_imports_go_down_the_list_only(name: str) -> None:
    allowed = set(ORDER[: ORDER.index(name)])
    assert _imports(MODULES[name]) <= allowed


@pytest.mark.parametrize("name", sorted(PURE))
def test_decisions_do_no_io(name: str) -> None:
    imported = {
        (node.module if isinstance(node, ast.ImportFrom) else alias.name)
        for node in ast.walk(MODULES[name])
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert not imported & DOES_IO
    calls = {
        n.func.attr for n in ast.walk(MODULES[name]) if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute)
    }
    assert not calls & {"now", "today", "utcnow", "read_text", "read_bytes", "write_text", "write_bytes", "open"}
