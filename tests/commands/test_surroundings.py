"""What commands do where the terminal, the clock or the runner is not as usual."""

import json
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from feeds import build, render
from support.building import built, configured, write_item
from support.commands import Run, run

__all__ = ["run"]

posix_only = pytest.mark.skipif(os.name != "posix", reason="needs a POSIX shell")
COMMANDS = ["build", "build --json", "check", "check --json", "explain", "topics", "schema item", "--help", "--version"]


def shell(command: str, folder: Path, options: str = "") -> subprocess.CompletedProcess[str]:
    program = f"{sys.executable} -W error {options} -m feeds {command}"
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    return subprocess.run(
        ["sh", "-c", program], cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=60
    )


@posix_only
@pytest.mark.parametrize("command", COMMANDS)
def test_closed_streams(tmp_path: Path, command: str) -> None:
    write_item(tmp_path / "seeds", "one.md")
    configured(tmp_path)
    for closed in (">&-", ">&- 2>&-", "<&-"):
        done = shell(f"{command} {closed}", tmp_path)
        assert done.returncode == 0, closed
        assert done.stderr.replace("1 document: 0 problems\n", "") == "", closed


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("options", ["", "-u"], ids=["buffered", "unbuffered"])
@pytest.mark.parametrize("command", COMMANDS)
def test_a_stream_that_takes_nothing(tmp_path: Path, command: str, options: str) -> None:
    write_item(tmp_path / "seeds", "one.md")
    (tmp_path / "seeds/two.md").write_text("---\ntitle: [\n---\n", encoding="utf-8")
    configured(tmp_path, "[alerts]\nmax_broken_percent = 100\n")
    done = shell(f"{command} >/dev/full", tmp_path, options)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == "error: cannot print: No space left on device"
    assert "Traceback" not in done.stderr


# ---- workflow commands


def is_command(line: str) -> bool:
    """As the runner of GitHub Actions sees it: https://github.com/actions/runner, ActionCommand.cs."""
    return line.lstrip().startswith("::") or "##[" in line


@posix_only
@pytest.mark.parametrize("command", ["check", "check --json", "build", "build --json", "explain", "topics"])
def test_no_name_and_no_text_is_a_workflow_command(tmp_path: Path, command: str) -> None:
    texts = ("::error file=x::y", "##[error]y")
    for number, text in enumerate(texts):
        write_item(tmp_path, f"{text}.md", webUrl=f"https://x.example/{number}", title=text, topics=[text], type=text)
        (tmp_path / f"{text} bad.md").write_text(f"---\ntitle: {text!r}\ndate: {text!r}\n---\n", encoding="utf-8")
    configured(tmp_path, 'sources = ["."]\n')
    done = shell(command, tmp_path)
    assert "error" in done.stdout + done.stderr
    assert [line for line in (done.stdout + done.stderr).splitlines() if is_command(line)] == []
    if "--json" in command:
        assert "##[error]y" in str(json.loads(done.stdout))


# ---- the clock


@pytest.mark.parametrize(
    ("now", "shown"),
    [
        ("9999-12-31T23:59:59-14:00", "'9999-12-31T23:59:59-14:00' is not a valid date"),
        ("9999-12-31", "'9999-12-31' is not a valid date"),
        ("0001-01-01T00:00:00+14:00", "'0001-01-01T00:00:00+14:00' is not a valid date"),
    ],
)
def test_a_time_beyond_the_calendar(run: Run, tmp_path: Path, now: str, shown: str) -> None:
    write_item(tmp_path / "seeds", "one.md")
    configured(tmp_path)
    for command in ("build", "explain"):
        done = run(command, "--now", now)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith(f"error: --now: {shown}; use the form ")
    done = run("build", SOURCE_DATE_EPOCH="253402300799")
    assert done.stderr.startswith("error: SOURCE_DATE_EPOCH: '253402300799' is not a valid date")


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Tokyo"])
@pytest.mark.parametrize("now", ["0001-01-01", "9000-12-31T23:59:59"])
def test_a_clock_that_is_far_off(run: Run, tmp_path: Path, now: str, zone: str) -> None:
    write_item(tmp_path / "seeds", "one.md")
    built(tmp_path)
    configured(tmp_path, f'[digest]\ntimezone = "{zone}"\n')
    assert run("build", "--now", now).returncode == 0


def test_a_library_call_needs_an_aware_datetime(tmp_path: Path) -> None:
    write_item(tmp_path / "seeds", "one.md")
    with pytest.raises(ValueError, match="naive datetime"):
        build(configured(tmp_path), datetime(2021, 2, 1))  # noqa: DTZ001
    assert not (tmp_path / "out").exists()
    with pytest.raises(ValueError, match="naive datetime"):
        render(configured(tmp_path), {}, "AI", datetime(2021, 2, 1))  # noqa: DTZ001


# ---- mail


@pytest.mark.parametrize("address", ["ü@x.example", "a@ü.example", "a b@x.example", "a@x"])
def test_an_address_that_no_server_takes(run: Run, tmp_path: Path, address: str) -> None:
    write_item(tmp_path / "seeds", "one.md")
    built(tmp_path, '[mailing]\nsender_address = "a@x.example"\n[mailing.smtp]\nhost = "localhost"\n')
    done = run("send", "ai", "--to", address)
    assert (done.returncode, done.stderr) == (2, f"error: --to: {address!r} is not a valid e-mail address\n")
