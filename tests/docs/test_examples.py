"""Every command line, configuration, item and program in the README and in docs/ is run here.

A page is a session: its examples run from the first to the last in one folder. It begins with the items of this
repository, or with an empty folder. In the output that a page shows, `…` stands for any text.
"""

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
import yaml

from feeds.config.load import load_config
from feeds.config.options import Defaults
from feeds.items.front_matter import parse_document
from feeds.items.validate import validate
from support.pages import PAGES, Block, anchors, blocks, commands, links
from support.places import REPOSITORY

NOW = "1612159200"  # 2021-02-01 06:00 UTC, after all dates of the seeds
BEGIN_EMPTY = {"README.md", "items.md", "jekyll-hugo.md", "library.md"}
NOT_RUN = {
    "pip install ": "needs the network",
    "npm install ": "needs the network",
    "python3 -m venv ": "goes before pip install",
    "feeds edit ": "opens an editor; tests/commands runs it",
    "feeds push ": "needs a mailing tool; tests/delivery runs it",
    "python tests/bench/": "takes minutes",
    "python tests/fuzz/": "takes minutes",
    "python tests/support/make_docs.py": "writes into the repository; tests/docs/test_made.py compares",
    "pytest": "is this",
}
ONLY_SHOWN = {
    "sh": "needs the network: .ci/run takes the README's commands from there",
    "text": "a file, which a command below it reads, or a text made from the program",
    "markdown": "a file, which a command below it reads",
    "jinja": "a file, which a command below it reads",
}
_FEEDS = f'feeds() {{ "{sys.executable}" -W error -m feeds "$@"; }}; python() {{ "{sys.executable}" "$@"; }}; '


@pytest.fixture
def folder(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", NOW)
    monkeypatch.chdir(tmp_path)
    root = tmp_path / "my-news"
    root.mkdir()
    if page.name not in BEGIN_EMPTY:
        copytree(REPOSITORY / "seeds", root / "seeds")
    return root


@pytest.fixture
def mail_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A real server for test mails, which takes everything."""
    controller = pytest.importorskip("aiosmtpd.controller", reason="aiosmtpd is not installed")
    handlers = pytest.importorskip("aiosmtpd.handlers")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = controller.Controller(handlers.Sink(), hostname="127.0.0.1", port=port)
    server.start()
    for name, value in {"HOST": "127.0.0.1", "PORT": str(port), "SECURITY": "none"}.items():
        monkeypatch.setenv(f"FEEDS_SMTP_{name}", value)
    yield
    server.stop()


@pytest.fixture
def s3(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A real S3 server, with the seeds in a bucket."""
    pytest.importorskip("s3fs", reason="s3fs is not installed")
    boto3 = pytest.importorskip("boto3", reason="boto3 is not installed")
    moto = pytest.importorskip("moto.server", reason="moto is not installed")
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    settings = {"ENDPOINT_URL": "http://{}:{}".format(*server.get_host_and_port()), "ACCESS_KEY_ID": "somebody"}
    settings |= {"SECRET_ACCESS_KEY": "secret", "DEFAULT_REGION": "us-east-1", "EC2_METADATA_DISABLED": "true"}
    for name, value in settings.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    client = boto3.client("s3")
    client.create_bucket(Bucket="my-bucket")
    for path in (folder / "seeds").iterdir():
        client.put_object(Bucket="my-bucket", Key=f"items/{path.name}", Body=path.read_bytes())
    yield
    server.stop()


SERVICES = {"newsletter.md": "mail_server", "s3.md": "s3"}


@pytest.mark.skipif(sys.platform == "win32", reason="the pages show commands of a POSIX shell")
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_example_of_the_page_runs(page: Path, folder: Path, request: pytest.FixtureRequest) -> None:
    if page.name in SERVICES:
        request.getfixturevalue(SERVICES[page.name])
    for block in blocks(page):
        try:
            _run(block, folder)
        except Exception as error:
            error.add_note(f"{page.name}:{block.line}")
            raise


def _run(block: Block, folder: Path) -> None:
    if block.file:
        path = folder / block.file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text, encoding="utf-8")
    match block.language:
        case "console":
            for command, output in commands(block):
                _run_command(command, output, folder)
        case "toml":
            _load(block, folder)
        case "yaml":
            _parse(block.text)
        case "json":
            json.loads(block.text if block.text.startswith("{") else f"{{{block.text}}}")
        case "python":
            _execute([sys.executable, "-W", "error", "-c", block.text], folder)
        case other:
            assert other in ONLY_SHOWN


def _run_command(command: str, output: str, folder: Path) -> None:
    if command.startswith(tuple(NOT_RUN)):
        return
    if command.startswith("feeds serve"):
        shown = _serve(command, output, folder)
    else:
        shown = _execute(["bash", "-c", _FEEDS + command], folder, may_fail=bool(output))
    assert not output or re.fullmatch(_pattern(output), _steady(shown)), f"$ {command}\n{shown}"


def _execute(command: list[str], folder: Path, *, may_fail: bool = False) -> str:
    done = subprocess.run(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120, check=False
    )
    assert "Traceback" not in done.stdout, done.stdout
    assert may_fail or done.returncode == 0, done.stdout
    return done.stdout


def _serve(command: str, output: str, folder: Path) -> str:
    """Run `feeds serve` until it has printed as many lines as the page shows."""
    words = [sys.executable, "-W", "error", "-m", *command.split(), "--port", "0"]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        words, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    ) as server:
        assert server.stdout
        shown = "".join(server.stdout.readline() for _ in output.splitlines())
        server.kill()
    return re.sub(r"localhost:\d+", "localhost:8000", shown)


def _steady(text: str) -> str:
    """Blank the numbers of files and of seconds, and the width of columns, which change with the program."""
    text = re.sub(r"(?<=\S) {2,}", "  ", text)
    return re.sub(r"\d+ (written|unchanged|removed)|\d+\.\d+ s\b", lambda m: f"N {m[1] or 's'}", text)


def _pattern(output: str) -> str:
    lines = (re.escape(line).replace("…", ".*") + "\n" for line in _steady(output).splitlines())
    return "".join(r"(?:.*\n)*" if line == ".*\n" else line for line in lines)


def _load(block: Block, folder: Path) -> None:
    """Load an example of feeds.toml, from its own file if it has one."""
    path = folder / (block.file or "example.toml")
    path.write_text(block.text, encoding="utf-8")
    load_config(path)


def _parse(text: str) -> None:
    """Check an item, or parse any other YAML."""
    if not text.startswith("---\n"):
        assert isinstance(yaml.safe_load(text), dict | list)
        return
    document, problems = parse_document(_raw(text), "example.md")
    assert document is not None
    assert (*problems, *validate(document, Defaults())[1]) == ()


def _raw(text: str) -> Any:
    return text.encode()


def test_a_command_that_is_not_run_says_why() -> None:
    used = [command for page in PAGES for block in blocks(page) for command, _ in commands(block)]
    assert [start for start in NOT_RUN if not any(command.startswith(start) for command in used)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_lead_somewhere(page: Path) -> None:
    broken = [link for link in links(page) if not _is_there(page, link)]
    assert broken == []


def _is_there(page: Path, link: str) -> bool:
    if re.match(r"https?://|mailto:", link):
        return True
    name, _, anchor = link.partition("#")
    target = page.parent / name if name else page
    return target.exists() and (not anchor or anchor in anchors(target))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_test_that_the_page_names_exists(page: Path) -> None:
    """A page names a file, a folder, or a function of the file that it names last: `::test_nights`."""
    missing: list[str] = []
    path = REPOSITORY
    for name in re.findall(r"\btests/[\w./]*[\w/]|::test_\w+", page.read_text(encoding="utf-8")):
        if name.startswith("::"):
            is_there = path.is_file() and f"def {name[2:]}(" in path.read_text(encoding="utf-8")
        else:
            path = REPOSITORY / name
            is_there = path.exists()
        if not is_there:
            missing.append(name)
    assert missing == []


@pytest.mark.parametrize("page", PAGES[1:], ids=lambda page: page.stem)
def test_the_readme_leads_to_every_page(page: Path) -> None:
    assert f"docs/{page.name}" in links(PAGES[0])
