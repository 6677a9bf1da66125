"""Installs servers that others wrote, and runs them with a table of records.

    python -m tests.support.compatibility.real_servers DIRECTORY

installs them; `REAL_SERVERS=DIRECTORY` then lets the slow tests start them.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import requests

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROWS: list[dict[str, Any]] = [
    {"id": number, "title": f"Post {number}", "updated_at": f"2024-01-{number % 28 + 1:02}T00:00Z"}
    for number in range(1, 251)
]
NPM = {
    "json-server-0": "json-server@0.17.4",
    "json-server-1": "json-server@1.0.0-beta.3",
    "oidc-provider": "oidc-provider@9",
}
PYPI = {
    "datasette": ["datasette~=0.65"],
    "django": ["django~=5.2", "djangorestframework~=3.16"],
    "kinto": ["kinto~=26.5"],
}
DONE = "installed-by.txt"
"""Written last: a folder without it was not installed to its end."""

PATIENCE = 30


class RealServer(NamedTuple):
    """How a server is started, and what it is asked for."""

    command: Callable[[Path, Path, int], list[str]]
    """From where it is installed, a folder of its own, and a port."""

    path: str
    """The path of the records, as a user would give it."""

    base: str = ""
    """The path of the API."""

    fill: Callable[[str], None] = lambda _: None
    """Puts the records in where a file does not hold them."""


def install(directory: Path) -> None:
    """Install those that are not there, each into its own folder; of npm only where that is."""
    npm = shutil.which("npm")
    for name, package in NPM.items() if npm else ():
        options = ["--prefix", str(directory / name), "--no-audit", "--no-fund"]
        _install_into(directory / name, [str(npm), "install", *options, package])
    for name, packages in PYPI.items():
        python = directory / name / "bin/python"
        _install_into(directory / name, [str(python), "-m", "pip", "install", "-q", *packages])


def _install_into(folder: Path, command: list[str]) -> None:
    """Run what installs a server, unless it has done so to its end."""
    done = folder / DONE
    if done.exists() and done.read_text("utf-8") == shlex.join(command):
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    if "pip" in command:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    subprocess.run(command, check=True)
    done.write_text(shlex.join(command), "utf-8")


def why_absent(name: str) -> str | None:
    """Why a server cannot be started here; None where it can."""
    place = os.environ.get("REAL_SERVERS")
    how = f"`python -m {__spec__.name} DIRECTORY`"
    if place is None:
        return f"set REAL_SERVERS to where {how} installed it"
    if name in NPM and not (shutil.which("node") and shutil.which("npm")):
        return f"{name} needs node and npm, which are not installed"
    if not (Path(place) / name / DONE).exists():
        return f"{name} is not installed in REAL_SERVERS: {how} does so"
    return None


def _json_server(module: str, *, text_ids: bool) -> Callable[[Path, Path, int], list[str]]:
    def command(place: Path, folder: Path, port: int) -> list[str]:
        rows = [{**row, "id": str(row["id"])} for row in ROWS] if text_ids else ROWS
        (folder / "db.json").write_text(json.dumps({"posts": rows}), "utf-8")
        program = str(place / "node_modules/json-server" / module)
        return ["node", program, "--port", str(port), "--host", "127.0.0.1", "db.json"]

    return command


def _datasette(place: Path, folder: Path, port: int) -> list[str]:
    with sqlite3.connect(folder / "data.db") as database:
        database.execute("create table posts (id integer primary key, title text, updated_at text)")
        database.executemany("insert into posts values (:id, :title, :updated_at)", ROWS)
    database.close()
    return [str(place / "bin/datasette"), "serve", "data.db", "--port", str(port)]


_KINTO = """\
[server:main]
use = egg:waitress#main
host = 127.0.0.1
port = {port}
[app:main]
use = egg:kinto
kinto.storage_backend = kinto.core.storage.memory
kinto.cache_backend = kinto.core.cache.memory
kinto.permission_backend = kinto.core.permission.memory
kinto.userid_hmac_secret = any
kinto.bucket_create_principals = system.Everyone
kinto.bucket_write_principals = system.Everyone
kinto.paginate_by = 40
"""


def _kinto(place: Path, folder: Path, port: int) -> list[str]:
    (folder / "kinto.ini").write_text(_KINTO.format(port=port), "utf-8")
    return [str(place / "bin/kinto"), "start", "--ini", "kinto.ini"]


def _fill_kinto(base_url: str) -> None:
    bucket = f"{base_url}/buckets/b"
    everyone = {"permissions": {"read": ["system.Everyone"], "write": ["system.Everyone"]}}
    for url in (bucket, f"{bucket}/collections/posts"):
        requests.put(url, json=everyone, timeout=PATIENCE).raise_for_status()
    for row in ROWS:
        requests.post(
            f"{bucket}/collections/posts/records",
            json={"data": {"title": row["title"]}},
            timeout=PATIENCE,
        ).raise_for_status()


DJANGO_PAGES = 30
"""Of 100 rows."""


def _django(place: Path, folder: Path, port: int) -> list[str]:
    del folder
    program = Path(__file__).with_name("django_table.py")
    return [str(place / "bin/python"), str(program), str(port), str(100 * DJANGO_PAGES)]


_OIDC = """\
import {{ Provider }} from "{module}";
const port = {port}, issuer = `http://127.0.0.1:${{port}}`;
const provider = new Provider(issuer, {{
  clients: [{{
    client_id: "reader", client_secret: "client-secret", redirect_uris: [], response_types: [],
    grant_types: ["client_credentials"], token_endpoint_auth_method: "client_secret_post",
  }}],
  features: {{
    clientCredentials: {{ enabled: true }},
    introspection: {{ enabled: true }},
    devInteractions: {{ enabled: false }},
    resourceIndicators: {{
      enabled: true,
      getResourceServerInfo: (ctx, resource) => ({{
        scope: "read", audience: resource, accessTokenFormat: "opaque", accessTokenTTL: 600,
      }}),
    }},
  }},
}});
provider.listen(port, "127.0.0.1");
"""


def _oidc(place: Path, folder: Path, port: int) -> list[str]:
    module = place / "node_modules/oidc-provider/lib/index.js"
    (folder / "server.mjs").write_text(_OIDC.format(module=module, port=port), "utf-8")
    return ["node", "server.mjs"]


SERVERS = {
    "json-server-0": RealServer(_json_server("lib/cli/bin.js", text_ids=False), "/posts"),
    "json-server-1": RealServer(_json_server("lib/bin.js", text_ids=True), "/posts?_page=1"),
    "datasette": RealServer(_datasette, "/data/posts.json?_shape=objects"),
    "django": RealServer(_django, "/api/items/"),
    "kinto": RealServer(_kinto, "/buckets/b/collections/posts/records", "/v1", _fill_kinto),
    "oidc-provider": RealServer(_oidc, "/token"),
}


@contextmanager
def running(name: str, folder: Path) -> Iterator[str]:
    """Run a server for a while.

    Args:
        name: Which.
        folder: For its files.

    Yields:
        Its base URL.
    """
    server, port = SERVERS[name], _free_port()
    place = Path(os.environ["REAL_SERVERS"]).resolve() / name
    base_url = f"http://127.0.0.1:{port}{server.base}"
    with (folder / "server.log").open("w") as log:
        process = subprocess.Popen(
            server.command(place, folder, port), cwd=folder, stdout=log, stderr=log
        )
        try:
            _wait_for(base_url, process, folder / "server.log")
            server.fill(base_url)
            yield base_url
        finally:
            process.terminate()
            process.wait(PATIENCE)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        try:
            requests.get(url, timeout=1)
        except requests.RequestException:
            time.sleep(0.1)
        else:
            return
    message = f"the server did not start: {log.read_text('utf-8')}"
    raise RuntimeError(message)


if __name__ == "__main__":
    install(Path(sys.argv[1]))
