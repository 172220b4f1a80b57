"""What `feeds build --github` writes."""

import re
import subprocess
from pathlib import Path

import pytest
from msgspec.structs import replace

from feeds.commands.shared.github import annotation, annotations, config_annotations, summary
from feeds.problems import ConfigError, Problem, Severity
from feeds.report import BuildReport
from support.building import built, configured, write_item
from support.commands import Run

PROBLEMS = {
    "an error": (
        Problem("seeds/one.md", 3, Severity.ERROR, "bad-date", "date is no date: write one"),
        "::error file=seeds/one.md,line=3,title=bad-date::date is no date: write one",
    ),
    "a warning": (
        Problem("seeds/one.md", 1, Severity.WARNING, "bad-type", "no type"),
        "::warning file=seeds/one.md,line=1,title=bad-type::no type",
    ),
    "what could end the command": (
        Problem("a,b:c%d.md", 1, Severity.ERROR, "x", "100 %\r\n::error::no, not this: it"),
        "::error file=a%2Cb%3Ac%25d.md,line=1,title=x::100 %25%0D%0A::error::no, not this: it",
    ),
}


@pytest.mark.parametrize(("problem", "expected"), PROBLEMS.values(), ids=PROBLEMS)
def test_annotations(problem: Problem, expected: str) -> None:
    assert list(annotations([problem])) == [expected]


def test_paths_begin_at_the_top_of_the_repository() -> None:
    problem = Problem("seeds/one.md", 3, Severity.ERROR, "x", "y")
    assert [line.split(",")[0] for line in annotations([problem], "news")] == ["::error file=news/seeds/one.md"]
    assert [line.split(",")[0] for line in annotations([problem], ".")] == ["::error file=seeds/one.md"]


def test_what_is_wrong_with_the_configuration() -> None:
    error = ConfigError("feeds.toml", ["line 3: titel: unknown key", "is not UTF-8"])
    assert list(config_annotations(error, "news")) == [
        "::error file=news/feeds.toml,line=3::line 3: titel: unknown key",
        "::error file=news/feeds.toml::is not UTF-8",
    ]
    assert list(config_annotations(ConfigError("", ["no such folder"]))) == ["::error::no such folder"]
    assert annotation(Severity.ERROR, "no\nway") == "::error::no%0Away"


def test_the_summary_has_what_is_new_since_the_last_build(tmp_path: Path) -> None:
    write_item(tmp_path / "seeds", "one.md", topics=["AI", "Chess"])
    related = [{"title": "x", "webUrl": "https://y.example/", "provider": "Y"}]
    hostile = "a|b [c](https://evil.example) `d` *e* &lt;img src=x&gt; @ada #1"
    write_item(tmp_path / "seeds", "two.md", title=hostile, related=related)
    text = summary(built(tmp_path))
    assert text.startswith("## 2 new stories, 35 files written\n\n| topic | new | stories | issues |\n")
    assert "| [Test\\: AI](<https://news.example/ai/>) | 2 | 2 | 1 |\n" in text
    assert "| [Test\\: Chess](<https://news.example/chess/>) | 1 | 1 | 1 |\n" in text
    # Markdown sees no more in a title than text.
    line = next(line for line in text.splitlines() if "evil" in line)
    assert (
        re.sub(r"\\[!-/:-@\[-`{-~]", "", line)
        == "- [ab chttpsevilexample d e img srcx ada 1](<https://paper.example/two>) – The Paper, and 1 more"
    )
    write_item(tmp_path / "seeds", "three.md")
    text = summary(built(tmp_path))
    assert text.startswith("## 1 new story, ")
    assert [line for line in text.splitlines() if line.startswith("- ")] == [
        "- [Title of three](<https://paper.example/three>) – The Paper"
    ]
    assert summary(built(tmp_path)).startswith("## Nothing has changed\n")


def test_the_summary_is_of_bounded_length(tmp_path: Path) -> None:
    for number in range(60):
        write_item(tmp_path / "seeds", f"{number}.md", type="podcast")
    text = summary(built(tmp_path, "[selection]\nfeed_limit = 60"))
    assert (text.count("- [Title"), "- … and 40 more\n" in text) == (20, True)
    assert (text.count(": warning, "), "### 60 problems" in text, "- … and 10 more\n" in text) == (50, True, True)


def test_the_summary_is_never_too_large_for_github(tmp_path: Path) -> None:
    report = built_with_one_topic(tmp_path)
    (topic,) = report.topics
    story = topic.new[0]
    topics = tuple(replace(topic, title="*" * 300, new=(replace(story, title="*" * 300),) * 25) for _ in range(500))
    problems = tuple(Problem("x" * 9000, n, Severity.ERROR, "x", "*" * 9000) for n in range(60))
    text = summary(replace(report, topics=topics, problems=problems))
    assert len(text.encode()) < 1024 * 1024
    assert text.count("… and more, for which there is no room here") == 2
    assert "### 60 problems" in text


def built_with_one_topic(root: Path) -> BuildReport:
    write_item(root / "seeds", "one.md")
    return built(root)


# ---- the command


@pytest.fixture
def github(run: Run, tmp_path: Path) -> "GitHub":
    return GitHub(run, tmp_path)


class GitHub:
    def __init__(self, run: Run, root: Path) -> None:
        self._run, self._root = run, root

    def build(self) -> tuple[subprocess.CompletedProcess[str], str, str]:
        """Return the run, and what it appended to the files for outputs and summary."""
        files = {name: self._root / f".{name}" for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        for path in files.values():
            path.write_text("before\n")
        workspace = {"GITHUB_WORKSPACE": str(self._root.parent)}
        done = self._run("build", "--github", **{k: str(v) for k, v in files.items()}, **workspace)
        return done, *(path.read_text().removeprefix("before\n") for path in files.values())  # type: ignore[return-value]


def test_a_good_build(github: GitHub, tmp_path: Path) -> None:
    configured(tmp_path)
    write_item(tmp_path / "seeds", "one.md", type="podcast")
    done, output, said = github.build()
    assert (done.returncode, output, said[:15]) == (0, "changed=true\nfeeds=\n", "## 1 new story,")
    assert f"::warning file={tmp_path.name}/seeds/one.md,line=" in done.stdout
    done, output, said = github.build()
    assert (done.returncode, output, said[:22]) == (0, "changed=false\nfeeds=\n", "## Nothing has changed")


def test_an_alert_is_said_once(github: GitHub, tmp_path: Path) -> None:
    configured(tmp_path)
    write_item(tmp_path / "seeds", "one.md")
    write_item(tmp_path / "seeds", "bad.md", quality="high")
    done, _, _ = github.build()
    assert (done.stdout + done.stderr).count("1 of 2 documents has errors") == 1
    assert "::warning::1 of 2 documents has errors" in done.stdout


def test_a_build_of_nothing(github: GitHub, tmp_path: Path) -> None:
    configured(tmp_path)
    write_item(tmp_path / "seeds", "one.md", quality="high")
    done, output, said = github.build()
    assert (done.returncode, output, said) == (2, "", "")
    assert f"::error file={tmp_path.name}/seeds/one.md,line=" in done.stdout
    assert "::error::error: no document can be used; out/ is left as it is\n" in done.stdout


def test_a_bad_configuration(github: GitHub, tmp_path: Path) -> None:
    (tmp_path / "feeds.toml").write_text('titel = "x"\n')
    done, _, _ = github.build()
    assert done.returncode == 2
    assert done.stdout.startswith(f"::error file={tmp_path.name}/feeds.toml,line=1::line 1: titel: unknown key")


def test_without_github_s_files_it_is_a_build(run: Run, tmp_path: Path) -> None:
    configured(tmp_path)
    write_item(tmp_path / "seeds", "one.md")
    assert run("build", "--github", GITHUB_OUTPUT="", GITHUB_STEP_SUMMARY="", GITHUB_WORKSPACE="").returncode == 0
