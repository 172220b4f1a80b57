"""The program as people use it: on a terminal, and completed by their shell."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from support.building import built, configured, write_item

if sys.platform == "win32":
    pytest.skip("Windows has no pseudo-terminals", allow_module_level=True)

import pty
import struct
import termios
from fcntl import ioctl

COLOUR = re.compile(r"\x1b\[(?:\d+;)*3[0-7]m")
STYLE = re.compile(r"\x1b\[[\d;]*m")

Run = Callable[..., str]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run feeds on a terminal of 100 columns, and return its output without carriage returns."""

    def run(*arguments: str, **environment: str) -> str:
        terminal, side = pty.openpty()
        ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
        inherited = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "COLUMNS", "LINES", "FORCE_COLOR")}
        process = subprocess.Popen(
            [sys.executable, "-W", "error", "-m", "feeds", *arguments],
            cwd=tmp_path,
            env={**inherited, "TERM": "xterm-256color", **environment},
            stdin=side,
            stdout=side,
            stderr=side,
        )
        os.close(side)
        shown = b"".join(iter(lambda: _read(terminal), b""))
        os.close(terminal)
        process.wait(timeout=60)
        assert b"Traceback" not in shown
        return shown.decode().replace("\r\n", "\n")

    return run


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # the other side is closed
        return b""


@pytest.fixture
def items(tmp_path: Path) -> Path:
    """Write an item of AI with [brackets] in its title, a draft, and a document with an error."""
    write_item(tmp_path / "seeds", "one.md", title="[red]One[/red] of AI")
    write_item(tmp_path / "seeds", "two.md", published=False)
    (tmp_path / "seeds/bad.md").write_text("---\ntitle: x\nquality: high\n---\n", encoding="utf-8")
    configured(tmp_path)
    return tmp_path


def lines(shown: str) -> list[str]:
    """Return the lines without styles, rules and alignment."""
    return [re.sub(r" {2,}", "  ", line.strip()) for line in STYLE.sub("", shown).splitlines() if line.strip(" ─╶╴━")]


@pytest.mark.usefixtures("items")
def test_topics_are_a_table(run: Run) -> None:
    shown = run("topics")
    assert lines(shown) == ["topic  title  stories  in feed  issues  newest", "ai  Test: AI  1  1  1  2021-01-26"]


@pytest.mark.usefixtures("items")
def test_check_is_a_table_with_places_in_one_piece(run: Run) -> None:
    shown = run("check")
    assert COLOUR.search(shown)
    assert any(line.startswith("seeds/bad.md:3  error  ") and "bad-quality" in line for line in lines(shown))
    assert lines(shown)[-1].startswith("3 documents: ")


@pytest.mark.usefixtures("items")
def test_explain_all_is_a_table(run: Run) -> None:
    shown = lines(run("explain"))
    assert shown[0] == "item  topic  why"
    assert any(line.startswith("[red]One[/red] of AI  in  ai  story 1 of 1") for line in shown)
    assert any(line.startswith("seeds/bad.md  out  line ") for line in shown)


@pytest.mark.usefixtures("items")
def test_explain_one_is_a_screen(run: Run) -> None:
    shown = run("explain", "title of TWO")
    assert COLOUR.search(shown)
    assert lines(shown) == [
        "Title of two",
        "document  seeds/two.md",
        "address  https://paper.example/two",
        "published  no",
        "date  2021-01-26 17:45 UTC",
        "quality  60 (minimum 50)",
        "heat  60",
        "topics  AI",
        "related  0 articles",
        "out  it is not published (`published` is not true, or `draft` is)",
        "→ set `published: true`, without `draft: true`, when it is ready",
    ]


@pytest.mark.usefixtures("items")
@pytest.mark.parametrize("command", [["check"], ["explain"], ["explain", "two"], ["topics"]], ids=" ".join)
def test_no_color_is_honoured(run: Run, command: list[str]) -> None:
    assert not COLOUR.search(run(*command, NO_COLOR="1"))
    assert "\x1b" not in run(*command, TERM="dumb")


@pytest.mark.usefixtures("items")
def test_the_first_build_says_what_next(run: Run) -> None:
    assert lines(run("build"))[-1] == "Run `feeds serve` to see it at http://localhost:8000/"
    assert "feeds serve" not in run("build")


# ---- completion

SHELLS = {
    "bash": """
        eval "$(_FEEDS_COMPLETE=bash_source feeds)"
        COMP_WORDS=(feeds {words}) COMP_CWORD={last} COMP_TYPE=9
        _feeds_completion feeds
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """,
    "fish": """
        _FEEDS_COMPLETE=fish_source feeds | source
        complete --do-complete "feeds {line}"
    """,
}
COMPLETED = {
    "a command": (["expl"], {"explain"}),
    "a topic to build": (["build", "--topic", "c"], {"chess", "computer-vision"}),
    "a topic to send": (["send", "comp"], {"computer-vision"}),
    "a newsletter to send": (["send", "w"], {"weekly"}),
    "an issue of a topic": (["send", "ai", "--issue", ""], {"2021-W04"}),
    "a topic to explain": (["explain", "a"], {"ai"}),
    "the name of a topic": (["new", "T", "--topic", "che"], {"Chess"}),
    "nothing": (["send", "x"], set()),
}


@pytest.fixture
def several(tmp_path: Path) -> Path:
    for number, topic in enumerate(["AI", "Chess", "Computer Vision"]):
        write_item(tmp_path / "seeds", f"{number}.md", topics=[topic])
    built(tmp_path, '[newsletters.weekly]\ntopics = ["AI", "Chess"]')
    return tmp_path


def complete(shell: str, words: list[str], folder: Path) -> set[str]:
    """Return what the shell itself offers, with the program on its path."""
    if not (program := shutil.which(shell)):
        pytest.skip(f"{shell} is not installed")
    quoted = " ".join(f"'{word}'" for word in words)
    script = SHELLS[shell].format(words=quoted, last=len(words), line=" ".join(words))
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [program, "-c", script],
        cwd=folder,
        env={**os.environ, "PATH": path, "HOME": str(folder)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stderr == ""
    return {line.partition("\t")[0] for line in done.stdout.splitlines() if line}


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(("words", "expected"), COMPLETED.values(), ids=COMPLETED)
def test_completion(shell: str, words: list[str], expected: set[str], several: Path) -> None:
    assert complete(shell, words, several) == expected


def test_completion_is_silent_when_it_knows_nothing(tmp_path: Path) -> None:
    assert complete("bash", ["send", ""], tmp_path) == set()
    (tmp_path / "feeds.toml").write_text("titel =", encoding="utf-8")
    assert complete("bash", ["send", ""], tmp_path) == set()
    (tmp_path / "feeds.toml").unlink()
    (tmp_path / "out").mkdir()
    (tmp_path / "out/manifest.json").write_text('{"topics": 1}', encoding="utf-8")
    assert complete("bash", ["send", ""], tmp_path) == set()
