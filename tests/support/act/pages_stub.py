"""Serve on 127.0.0.1 what act lacks of GitHub: the REST API of Pages, tokens for OIDC, and the site of Pages.

usage: pages_stub.py PORT FOLDER     FOLDER/artifacts is act's --artifact-server-path, FOLDER/site what is deployed
FOLDER/pages-fails, if it is there, lets deployments fail; FOLDER/no-pages answers 404 to "is Pages on?".
"""

import base64
import functools
import http.server
import io
import json
import shutil
import sys
import tarfile
import time
import zipfile
from pathlib import Path

PORT, ROOT = int(sys.argv[1]), Path(sys.argv[2]).resolve()
HERE = f"http://127.0.0.1:{PORT}"
(ROOT / "site").mkdir(parents=True, exist_ok=True)


def part(data: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(data).encode()).decode().rstrip("=")


def deploy() -> str:
    """Unpack the newest artifact named github-pages*, a zip with one artifact.tar, as Pages does; return its path."""
    found = [p for p in (ROOT / "artifacts").rglob("*.zip") if p.name.startswith("github-pages")]
    newest = max(found, key=lambda p: p.stat().st_mtime)
    with zipfile.ZipFile(newest) as outer:
        assert outer.namelist() == ["artifact.tar"], outer.namelist()
        data = outer.read("artifact.tar")
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        for m in tar:
            assert m.isfile() or m.isdir(), f"{m.name}: neither a file nor a folder, Pages refuses it"
        shutil.rmtree(ROOT / "site")
        tar.extractall(ROOT / "site", filter="data")
    return str(newest)


class Handler(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def say(self, data: object, status: int = 200) -> None:
        body = json.dumps(data).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        if self.path.startswith("/token"):
            claims = {"iss": HERE, "aud": "x", "exp": int(time.time()) + 600, "iat": int(time.time())}
            return self.say({"value": f"{part({'alg': 'none'})}.{part(claims)}.x"})
        if self.path.startswith("/api/repos/") and "/pages/deployments/" in self.path:
            return self.say({"status": "deployment_failed" if (ROOT / "pages-fails").exists() else "succeed"})
        if self.path.startswith("/api/repos/") and self.path.endswith("/pages"):
            if (ROOT / "no-pages").exists():
                return self.say({"message": "Not Found"}, 404)
            return self.say({"html_url": f"{HERE}/site/", "build_type": "workflow", "url": f"{HERE}{self.path}"})
        if self.path.startswith("/api/"):
            return self.say({"message": "the stub does not have it"}, 404)
        return super().do_GET()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path.endswith("/pages/deployments"):
            if not (ROOT / "pages-fails").exists():
                sys.stdout.write(f"DEPLOYED {deploy()}\n")
                sys.stdout.flush()
            return self.say({"id": 1, "status_url": f"{HERE}{self.path}/1", "page_url": f"{HERE}/site/"})
        return self.say({"message": "the stub does not have it"}, 404)


http.server.ThreadingHTTPServer(("127.0.0.1", PORT), functools.partial(Handler, directory=str(ROOT))).serve_forever()
