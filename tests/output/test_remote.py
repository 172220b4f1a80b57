"""Sources and outputs elsewhere: on a real S3 server, a process on this machine; in archives; in memory."""

import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from feeds.config.load import Config
from feeds.config.locations import Location, located
from feeds.engine.lock import locked
from feeds.engine.processes import Processes, Serial
from feeds.engine.read import read
from feeds.pipeline import build
from feeds.preview.watch import on_this_machine
from feeds.problems import ConfigError
from feeds.report import BuildReport
from feeds.sources.find import why_no_document
from support.building import NOW, configured, files, write_item
from support.cluster import Cluster

boto3 = pytest.importorskip("boto3", reason="needs an S3 client: pip install 'moto[server]'")
s3fs = pytest.importorskip("s3fs", reason="needs fsspec and s3fs: pip install fsspec s3fs")
pytest.importorskip("moto.server", reason="needs an S3 server: pip install 'moto[server]'")

SECRET = "do-not-print-me"
OLD = {"publishedDateTime": "2021-01-12T10:00:00Z"}

_NUMBERS = count()
_COLOUR = re.compile(r"\x1b\[\d+m")


class S3:
    """A server, and a bucket of its own for each test."""

    def __init__(self, folder: Path) -> None:
        self._log = folder / "log"
        with self._log.open("wb") as log:
            command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"]
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        end = time.monotonic() + 60
        while not (found := re.search(r"Running on (http://127\.0\.0\.1:\d+)", self._log.read_text())):
            assert self.process.poll() is None, self._log.read_text()
            assert time.monotonic() < end, self._log.read_text()
            time.sleep(0.05)
        self.url = found[1]

    def use(self, bucket: str) -> None:
        self.client = boto3.client("s3")
        self.client.create_bucket(Bucket=bucket)
        self.bucket = bucket
        self._seen = len(self._log.read_text())

    def put(self, key: str, data: bytes) -> None:
        self.client.put_object(Bucket=self.bucket, Key=key, Body=data)

    def upload(self, folder: Path, prefix: str) -> None:
        """Makes what lies under the prefix what lies in the folder."""
        there, wanted = self.objects(prefix), files(folder)
        for key in there.keys() - wanted.keys():
            self.client.delete_object(Bucket=self.bucket, Key=f"{prefix}/{key}")
        for name, data in wanted.items():
            if there.get(name) != data:
                self.put(f"{prefix}/{name}", data)

    def objects(self, prefix: str) -> dict[str, bytes]:
        found: dict[str, bytes] = {}
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=f"{prefix}/")
        for entry in [e for page in pages for e in page.get("Contents", ())]:
            body = self.client.get_object(Bucket=self.bucket, Key=entry["Key"])["Body"].read()
            found[entry["Key"].removeprefix(f"{prefix}/")] = body
        return found

    def requests(self) -> list[str]:
        """Those since the last call: `PUT site/index.html`, `GET ?list-type=2…`."""
        log = self._log.read_text()
        new, self._seen = log[self._seen :], len(log)
        return [f"{m[1]} {m[2]}" for m in re.finditer(rf'"([A-Z]+) /{self.bucket}/?(\S*) HTTP', _COLOUR.sub("", new))]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3]:
    s3 = S3(tmp_path_factory.mktemp("s3"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", s3.url)
        patch.setenv("AWS_ACCESS_KEY_ID", "somebody")
        patch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        patch.setenv("AWS_MAX_ATTEMPTS", "1")  # s3fs tries again by itself
        yield s3
    s3.process.kill()
    s3.process.wait()


@pytest.fixture
def s3(server: S3) -> S3:
    server.use(f"bucket-{next(_NUMBERS)}")
    return server


class World:
    """The same items here and there, built to here and to there."""

    def __init__(self, s3: S3, root: Path) -> None:
        self.s3, self.root = s3, root
        self.here = configured(root, '[digest]\nissues = "all"\n[feed]\narchive = true\n')
        out = located(f"s3://{s3.bucket}/site/news")
        sources = (located(f"s3://{s3.bucket}/items/"),)
        self.there = replace(self.here, sources=sources, out=out, cache=root / "there")

    def build(self, **options: Any) -> BuildReport:
        """Of what is elsewhere; what it gives is what a build here gives."""
        self.s3.upload(self.root / "seeds", "items")
        alone = build(replace(self.here, cache=None), NOW, **options)
        self.s3.requests()
        report = build(self.there, NOW, **options)
        self.last = self.s3.requests()
        assert self.s3.objects("site/news") == files(self.root / "out")
        assert (report.outcomes, report.alerts) == (alone.outcomes, alone.alerts)
        return report


@pytest.fixture
def world(s3: S3, tmp_path: Path) -> World:
    for name in ("one", "two", "deeper/three"):
        write_item(tmp_path / "seeds", f"{name}.md")
    write_item(tmp_path / "seeds", "old.md", **OLD)
    return World(s3, tmp_path)


def changes(requests: list[str]) -> list[str]:
    return sorted(r for r in requests if not r.startswith(("GET", "HEAD")))


# ---- S3


def test_a_build_from_s3_to_s3(world: World) -> None:
    report = world.build()
    assert len(report.files.written) == len(world.s3.objects("site/news"))
    first, *puts, last = [r for r in world.last if not r.startswith(("GET", "HEAD"))]
    assert (first, last) == ("PUT site/news/.feeds-pending", "DELETE site/news/.feeds-pending")
    assert sorted(puts) == sorted(f"PUT site/news/{name}" for name in report.files.written)
    assert puts[-1] == "PUT site/news/manifest.json"


def test_a_second_build_only_lists(world: World) -> None:
    world.build()
    report = world.build()
    assert not report.files.written
    assert all(request.startswith("GET ?list-type=2") for request in world.last)
    assert len(world.last) == 2


def test_only_what_changes_is_written(world: World) -> None:
    world.build()
    write_item(world.root / "seeds", "old.md", **OLD, title="Another title")
    report = world.build()
    assert "ai/issues/2021-W02/index.html" in report.files.written
    assert "ai/issues/2021-W04/digest.html" in report.files.unchanged
    assert changes(world.last) == sorted(f"PUT site/news/{name}" for name in report.files.written)
    read_again = [r for r in world.last if r.startswith("GET items/")]
    assert read_again == ["GET items/old.md"]


def test_without_a_cache_nothing_is_written_that_is_there(world: World) -> None:
    world.build()
    shutil.rmtree(world.root / "there")
    report = world.build()
    assert not report.files.written
    assert not [r for r in world.last if r.startswith("GET site") and "manifest" not in r]


def test_by_content_where_the_etag_is_no_md5(world: World) -> None:
    world.build()
    shutil.rmtree(world.root / "there")
    key = "site/news/ai/rss.xml"
    data = world.s3.objects("site/news")["ai/rss.xml"]
    upload = world.s3.client.create_multipart_upload(Bucket=world.s3.bucket, Key=key)["UploadId"]
    ids = {"Bucket": world.s3.bucket, "Key": key, "UploadId": upload}
    tag = world.s3.client.upload_part(**ids, PartNumber=1, Body=data)["ETag"]
    world.s3.client.complete_multipart_upload(**ids, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": tag}]})
    assert not world.build().files.written
    assert f"GET {key}" in world.last
    assert not world.build().files.written
    assert f"GET {key}" not in world.last


@pytest.mark.parametrize("harm", ["deleted", "spoilt"])
def test_what_somebody_has_harmed_is_written_again(world: World, harm: str) -> None:
    world.build()
    if harm == "deleted":
        world.s3.client.delete_object(Bucket=world.s3.bucket, Key="site/news/ai/rss.xml")
    else:
        world.s3.put("site/news/ai/rss.xml", b"spoilt")
    assert world.build().files.written == ("ai/rss.xml",)


def test_what_is_withdrawn_is_removed(world: World) -> None:
    write_item(world.root / "seeds", "chess.md", topics=["Chess"])
    world.build()
    for name in ("old", "chess"):
        (world.root / f"seeds/{name}.md").unlink()
    report = world.build()
    assert report.alerts == ("topic chess had stories in the last build and has none now",)
    assert "ai/issues/2021-W02/index.html" in report.files.removed
    assert [r for r in world.last if r.startswith("DELETE")]
    assert world.build().files.removed == ()


def test_force_writes_everything(world: World) -> None:
    written = world.build().files.written
    assert world.build(force=True).files.written == written


@pytest.mark.parametrize(
    ("name", "content_type", "seconds"),
    [
        ("index.html", "text/html; charset=utf-8", 300),
        ("manifest.json", "application/json", 300),
        ("sitemap.xml", "application/xml; charset=utf-8", 300),
        ("feeds.opml", "text/x-opml; charset=utf-8", 300),
        ("site.css", "text/css; charset=utf-8", 3600),
        ("site.js", "text/javascript; charset=utf-8", 3600),
        ("ai/rss.xml", "application/rss+xml; charset=utf-8", 300),
        ("ai/atom.xml", "application/atom+xml; charset=utf-8", 300),
        ("ai/feed.json", "application/feed+json", 300),
        ("ai/digest.txt", "text/plain; charset=utf-8", 300),
        ("ai/digest.eml", "message/rfc822", 300),
    ],
)
def test_what_a_web_server_will_say(site: World, name: str, content_type: str, seconds: int) -> None:
    head = site.s3.client.head_object(Bucket="site-for-headers", Key=f"site/news/{name}")
    assert (head["ContentType"], head["CacheControl"]) == (content_type, f"public, max-age={seconds}")


@pytest.fixture(scope="module")
def site(server: S3, tmp_path_factory: pytest.TempPathFactory) -> World:
    server.use("site-for-headers")
    root = tmp_path_factory.mktemp("site")
    write_item(root / "seeds", "one.md")
    world = World(server, root)
    world.build()
    return world


def test_what_is_pruned_is_removed(world: World) -> None:
    write_item(world.root / "seeds", "chess.md", topics=["Chess"])
    world.build()
    (world.root / "seeds/chess.md").unlink()
    world.s3.put("site/news/CNAME", b"mine")
    (world.root / "out/CNAME").write_bytes(b"mine")
    world.build()
    removed = world.build(prune=True).files.removed
    assert removed
    assert {name.partition("/")[0] for name in removed} == {"chess"}


def test_builds_of_one_machine_wait_for_each_other(world: World) -> None:
    class WaitingError(Exception):
        pass

    def waiting() -> None:
        raise WaitingError

    world.build()
    assert world.there.cache
    with locked(world.there.cache), pytest.raises(WaitingError):
        build(world.there, NOW, waiting=waiting)


# ---- a service that fails


class Line:
    """To the server, until it is cut: before the so-manyth request of a kind."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._begin, self._left = b"", -1
        self.is_cut = False
        threading.Thread(target=self._accept, daemon=True).start()

    def cut_before(self, kind: str, number: int) -> None:
        self._begin, self._left = kind.encode(), number

    def mend(self) -> None:
        self._left, self.is_cut = -1, False

    def close(self) -> None:
        self.is_cut = True
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):  # when it is closed
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._talk, args=(client,), daemon=True).start()

    def _talk(self, client: socket.socket) -> None:
        with client, suppress(OSError), socket.create_connection(("127.0.0.1", self._port)) as server:
            threading.Thread(target=self._answer, args=(server, client), daemon=True).start()
            while data := client.recv(1 << 20):
                if self._begin and data.startswith(self._begin):
                    self._left -= 1
                self.is_cut = self.is_cut or self._left == 0
                if self.is_cut:
                    break
                server.sendall(data)

    def _answer(self, server: socket.socket, client: socket.socket) -> None:
        with suppress(OSError):
            while data := server.recv(1 << 20):
                client.sendall(data)


@pytest.fixture
def line(server: S3, monkeypatch: pytest.MonkeyPatch) -> Iterator[Line]:
    found = Line(int(server.url.rpartition(":")[2]))
    monkeypatch.setenv("AWS_ENDPOINT_URL", found.url)
    monkeypatch.setattr(s3fs.S3FileSystem, "retries", 1)
    s3fs.S3FileSystem.clear_instance_cache()
    yield found
    found.close()
    s3fs.S3FileSystem.clear_instance_cache()


@pytest.mark.parametrize(
    ("kind", "number"),
    [("GET", 4), ("PUT", 20), ("DELETE", 1)],
    ids=str,
)
def test_a_service_that_goes_away(world: World, line: Line, kind: str, number: int) -> None:
    """Leaves old files and new ones, all whole; the next build does the rest."""
    world.build()
    before = world.s3.objects("site/news")
    (world.root / "seeds/old.md").unlink()
    for name in ("one", "two"):
        write_item(world.root / "seeds", f"{name}.md", title="Another", topics=["AI", "Rivers"])
    write_item(world.root / "seeds", "new.md", topics=["Chess"])
    world.s3.upload(world.root / "seeds", "items")
    build(replace(world.here, cache=None), NOW)
    expected = files(world.root / "out")
    line.cut_before(kind, number)
    message = mistake(world.there)
    assert line.is_cut
    assert f"s3://{world.s3.bucket}/" in message
    left = world.s3.objects("site/news")
    assert left["manifest.json"] == before["manifest.json"]
    left.pop(".feeds-pending", None)  # what the next build sweeps by
    assert {n for n, data in left.items() if data not in (before.get(n), expected.get(n))} == set()
    line.mend()
    world.build()


def test_a_service_that_goes_away_ends_the_program(world: World, line: Line) -> None:
    world.s3.upload(world.root / "seeds", "items")
    addresses = ["build", f"s3://{world.s3.bucket}/items", "--out", f"s3://{world.s3.bucket}/site"]
    line.cut_before("PUT", 5)
    done = feeds(world.root, f"import s3fs; s3fs.S3FileSystem.retries = 1; {CLI}", *addresses)
    assert (done.returncode, done.stdout) == (2, "")
    (complaint,) = [text for text in done.stderr.splitlines() if not text.startswith("note: ")]
    assert complaint.startswith(f"error: s3://{world.s3.bucket}/site cannot be written: ")


def test_what_is_strange_among_sources(s3: S3, tmp_path: Path) -> None:
    """Is judged as it is here; the names differ."""
    seeds = tmp_path / "seeds"
    for number, name in enumerate(("ä b#?%41.md", "sub.md/one.yaml.txt", "UPPER.MD")):
        write_item(seeds, name, webUrl=f"https://paper.example/{number}")
    hidden = [write_item(seeds, name) for name in (".hidden.md", ".git/one.md", "sub/.two/one.md")]
    for name, data in (("empty.md", b""), ("README.md", b"read me"), ("picture.png", b"\0"), ("large.md", b"x" * 9999)):
        (seeds / name).write_bytes(data)
    s3.upload(seeds, "items")
    s3.put("items/", b"")
    s3.put("items/folder/", b"")
    s3.put("items-of-others/one.md", b"")
    config = configured(tmp_path, "[limits]\ndocument_bytes = 5000\n")
    there = replace(config, sources=(located(f"s3://{s3.bucket}/items"),))
    shutil.rmtree(seeds / "sub")
    here, found = read(config, Serial()), read(there, Serial())
    assert hidden and found.documents == here.documents == 6  # noqa: PT018
    named = [replace(p, path=p.path.replace(f"s3://{s3.bucket}/items", str(seeds))) for p in found.problems]
    assert named == [p for p in here.problems if p.code != "is-a-directory"]  # which S3 knows nothing of
    assert {p.code for p in named} == {"empty-file", "too-large"}
    assert [i.title for i in found.items] == [i.title for i in here.items]


def test_a_source_may_be_a_document_and_sources_may_overlap(s3: S3, tmp_path: Path) -> None:
    write_item(tmp_path / "seeds", "sub/one.md")
    s3.upload(tmp_path / "seeds", "items")
    names = ("items/sub/one.md", "items", "items/sub")
    config = replace(configured(tmp_path), sources=tuple(located(f"s3://{s3.bucket}/{name}") for name in names))
    assert [item.path for item in read(config, Serial()).items] == [f"s3://{s3.bucket}/items/sub/one.md"]


@pytest.mark.parametrize(("source", "site"), [("/all", "/all/site"), ("/all/items", "")], ids=["below", "above"])
def test_out_is_no_source(s3: S3, tmp_path: Path, source: str, site: str) -> None:
    write_item(tmp_path / "seeds", "one.md")
    s3.upload(tmp_path / "seeds", "all/items")
    sources, out = (located(f"s3://{s3.bucket}{source}"),), located(f"s3://{s3.bucket}{site}")
    config = replace(configured(tmp_path), sources=sources, out=out, cache=None)
    assert [build(config, NOW).documents for _ in range(2)] == [1, 1]
    assert s3.objects("all/items") == files(tmp_path / "seeds")


@pytest.mark.parametrize("executor", ["processes", "cluster"])
def test_others_read_it_too(s3: S3, tmp_path: Path, executor: str) -> None:
    for number in range(450):
        write_item(tmp_path / "seeds", f"{number}.md", topics=[f"Topic {number % 5}"])
    with zipfile.ZipFile(tmp_path / "items.zip", "w") as archive:
        for name, data in files(tmp_path / "seeds").items():
            archive.writestr(name, data)
    s3.put("items.zip", (tmp_path / "items.zip").read_bytes())
    config = replace(configured(tmp_path), cache=None)
    build(config, NOW, executor=Serial())
    sources, out = (located(f"zip::s3://{s3.bucket}/items.zip"),), located(f"s3://{s3.bucket}/site")
    there = replace(config, sources=sources, out=out)
    if executor == "processes":
        build(there, NOW, executor=Processes(2, spawn=True))
    else:
        dask = pytest.importorskip("feeds.engine.dask", reason="needs Dask: pip install distributed")
        cluster = Cluster(tmp_path / "cluster")
        try:
            cluster.start(2)
            build(there, NOW, executor=dask.Dask(cluster.address))
        finally:
            cluster.stop()
    assert s3.objects("site") == files(tmp_path / "out")


# ---- archives and memory


def pack(folder: Path, archive: Path) -> None:
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in files(folder).items():
            packed.writestr(f"2021/{name}", data)


@pytest.mark.parametrize("source", ["zip://items.zip", "zip://2021::items.zip"])
def test_an_archive_is_a_folder(tmp_path: Path, source: str) -> None:
    write_item(tmp_path / "seeds", "one.md")
    (tmp_path / "seeds/empty.md").touch()
    expected = build(configured(tmp_path), NOW)
    at = tmp_path / "packed"
    at.mkdir()
    pack(tmp_path / "seeds", at / "items.zip")
    config = configured(at, f'sources = ["{source}"]\n')
    report = build(config, NOW)
    found, there = files(at / "out"), files(tmp_path / "out")
    if "2021" not in source:  # the manifest knows documents by their names below the source
        assert found.pop("manifest.json") != there.pop("manifest.json")
    assert found == there
    assert [p.code for p in report.problems] == [p.code for p in expected.problems] == ["empty-file"]
    assert report.problems[0].path.startswith("zip:")
    assert not build(config, NOW).files.written
    write_item(tmp_path / "seeds", "two.md")
    pack(tmp_path / "seeds", at / "items.zip")
    assert "ai/rss.xml" in build(config, NOW).files.written


def test_a_damaged_member_of_an_archive_is_a_problem_of_that_document(tmp_path: Path) -> None:
    write_item(tmp_path / "seeds", "one.md")
    write_item(tmp_path / "seeds", "two.md")
    pack(tmp_path / "seeds", tmp_path / "items.zip")
    with zipfile.ZipFile(tmp_path / "items.zip") as packed:
        position = packed.infolist()[1].header_offset + 60
    data = bytearray((tmp_path / "items.zip").read_bytes())
    data[position] ^= 0xFF
    (tmp_path / "items.zip").write_bytes(data)
    report = build(configured(tmp_path, 'sources = ["zip://items.zip"]\n'), NOW)
    assert report.stories == 1
    (problem,) = report.problems
    assert (problem.code, problem.path.endswith("2021/two.md")) == ("unreadable-file", True)
    assert "it is damaged, encrypted or compressed in an unknown way" in problem.message


def test_memory(tmp_path: Path) -> None:
    import fsspec

    write_item(tmp_path / "seeds", "one.md")
    memory = fsspec.filesystem("memory")
    memory.store.clear()
    memory.pipe({f"/items/{name}": data for name, data in files(tmp_path / "seeds").items()})
    config = configured(tmp_path)
    build(config, NOW)
    there = replace(config, sources=(located("memory://items"),), out=located("memory://site"), cache=tmp_path / "c")
    assert len(build(there, NOW, executor=Serial()).files.written) == len(files(tmp_path / "out"))
    assert not build(there, NOW + timedelta(seconds=1), executor=Serial()).files.written
    found = {path.removeprefix("/site/"): memory.cat(path) for path in memory.find("/site")}
    assert found == files(tmp_path / "out")


# ---- what can be wrong


def mistake(config: Config) -> str:
    with pytest.raises(ConfigError) as caught:
        build(config, NOW)
    message = str(caught.value)
    assert SECRET not in message
    assert "\n" not in message
    return message


def place(text: str, root: Path) -> Location:
    return located(text.replace("ROOT", str(root)))


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (
            "s3://no-such-bucket/items",
            "s3://no-such-bucket/items cannot be listed: The specified bucket does not exist",
        ),
        ("s3://BUCKET/nothing", "does not exist or is empty; correct it, or put your items there"),
        ("zip::s3://BUCKET/nothing.zip", "nothing.zip cannot be opened"),
        ("zip::ROOT/feeds.toml", "cannot be opened: File is not a zip file"),
        ("nonsense://items", "nonsense://items cannot be opened: Protocol not known: nonsense"),
        ("gs://bucket/items", "a library is missing; Please install gcsfs"),
    ],
    ids=["bucket", "empty", "archive", "no archive", "protocol", "library"],
)
def test_sources_that_are_none(s3: S3, tmp_path: Path, source: str, message: str) -> None:
    write_item(tmp_path / "seeds", "one.md")
    config = configured(tmp_path)
    wrong = place(source.replace("BUCKET", s3.bucket), tmp_path)
    assert message in mistake(replace(config, sources=(tmp_path / "seeds", wrong)))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("out", "message"),
    [
        ("s3://no-such-bucket/site", "s3://no-such-bucket/site cannot be listed: The specified bucket does not exist"),
        ("zip::ROOT/site.zip", "is an archive; write to a folder and pack that"),
    ],
    ids=["bucket", "archive"],
)
def test_outputs_that_are_none(s3: S3, tmp_path: Path, out: str, message: str) -> None:
    write_item(tmp_path / "seeds", "one.md")
    pack(tmp_path / "seeds", tmp_path / "site.zip")
    assert message in mistake(replace(configured(tmp_path), out=place(out, tmp_path)))


def feeds(root: Path, program: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", f"import sys; {program}", *arguments],
        cwd=root,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_serve_needs_folders(tmp_path: Path) -> None:
    config = configured(tmp_path)
    assert on_this_machine(config) == config
    for elsewhere in (replace(config, out=located("s3://b/out")), replace(config, sources=(located("s3://b/in"),))):
        with pytest.raises(ConfigError, match="is not a local folder; feeds serve needs one"):
            on_this_machine(elsewhere)


CLI = "from feeds.commands.main import main; main()"


def test_the_command_line(world: World) -> None:
    world.s3.upload(world.root / "seeds", "items")
    addresses = [f"s3://{world.s3.bucket}/items", "--out", f"s3://{world.s3.bucket}/site"]
    done = feeds(world.root, CLI, "build", *addresses, "-v", "--now", "2021-02-01")
    assert done.returncode == 0
    assert f"wrote s3://{world.s3.bucket}/site/ai/rss.xml" in done.stderr
    assert "Warning" not in done.stderr
    assert "ai/rss.xml" in world.s3.objects("site")


def test_questions_about_what_is_elsewhere(world: World) -> None:
    write_item(world.root / "seeds", "broken.md", webUrl="nowhere")
    world.build()
    items, out = f"s3://{world.s3.bucket}/items", f"s3://{world.s3.bucket}/site/news"
    (world.root / "feeds.toml").write_text(f'sources = ["{items}"]\nout = "{out}"\n', encoding="utf-8")
    checked = feeds(world.root, CLI, "check")
    assert checked.returncode == 1
    assert checked.stdout.startswith(f"{items}/broken.md:")
    assert f"::error title=bad-url::{items}/broken.md:" in feeds(world.root, CLI, "build", "--github").stdout
    explained = feeds(world.root, CLI, "explain", f"{items}/deeper/")
    assert explained.stdout.startswith(f"{items}/deeper/three.md")
    assert f"is not in any source ({items})" in why_no_document(str(world.root / "seeds/one.md"), [located(items)])
    completion = {"_FEEDS_COMPLETE": "bash_complete", "COMP_WORDS": "feeds send ", "COMP_CWORD": "2"}
    program = "from feeds.commands.main import main; main(prog_name='feeds')"
    completed = feeds(world.root, program, AWS_ENDPOINT_URL="http://127.0.0.1:1", **completion)
    assert (completed.returncode, completed.stdout.strip(), completed.stderr) == (0, "", "")


def test_check_needs_no_credentials_for_the_output(server: S3, tmp_path: Path) -> None:
    """Only the editor's files need its manifest, which knows the issues that are closed."""
    configured(tmp_path, 'out = "s3://b/site"\n')
    write_item(tmp_path / "seeds", "one.md", webUrl="nowhere")
    write_item(tmp_path, "issues/ai/2021-W04.md", subjekt="unknown")
    done = feeds(tmp_path, CLI, "check", AWS_ENDPOINT_URL=server.url, AWS_ACCESS_KEY_ID="", HOME="/nowhere")
    assert (done.returncode, done.stdout.count("\n")) == (1, 1), done.stderr
    assert done.stdout.startswith("seeds/one.md:11: error bad-url ")
    note, count = done.stderr.splitlines()
    assert note.startswith("note: the editor's files are not checked, because s3://b/site cannot be ")
    assert "AWS_ACCESS_KEY_ID" in note
    assert count == "1 document: 1 problem"


@pytest.mark.parametrize(
    ("program", "arguments", "environment", "message"),
    [
        (
            CLI,
            "build s3://b/items",
            {"AWS_ACCESS_KEY_ID": "", "HOME": "/nowhere"},
            "Unable to locate credentials; set them as AWS's own tools expect",
        ),
        (CLI, "build s3://b/items", {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, "Could not connect"),
        (CLI, "build ftp://me:secret@host/items", {}, "contains a password; remove it"),
        (CLI, "build --out file:///tmp/out", {}, "is a local one; write it as a path, without file://"),
        (CLI, "new Title --url https://x.example/ --topic AI", {}, "memory://items is not a local folder; a new item"),
        (CLI, "send AI --to ada@paper.example", {}, "memory://site is not a local folder; feeds send needs one"),
        (f"sys.modules['fsspec'] = None; {CLI}", "check", {}, "pip install fsspec s3fs"),
    ],
    ids=["no credentials", "no server", "password", "path", "new", "send", "not installed"],
)
def test_what_cannot_be_is_said_in_a_line(
    server: S3, tmp_path: Path, program: str, arguments: str, environment: dict[str, str], message: str
) -> None:
    assert server.url
    sender = '[mailing]\nsender_address = "ada@paper.example"\n'
    configured(tmp_path, f'sources = ["memory://items"]\nout = "memory://site"\n{sender}')
    done = feeds(tmp_path, program, *arguments.split(), **environment)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done.stderr
    assert message in done.stderr
    assert SECRET not in done.stderr
    assert "secret" not in done.stderr


def test_what_is_on_this_machine_loads_none_of_it(tmp_path: Path) -> None:
    write_item(tmp_path / "seeds", "one.md")
    loaded = "print({'fsspec', 'feeds.output.remote', 'distributed'} & set(sys.modules))"
    done = feeds(
        tmp_path, f"from feeds.commands.main import main; main(standalone_mode=False); {loaded}", "build", "-q"
    )
    assert (done.stdout, done.stderr, done.returncode) == ("set()\n", "", 0)
