"""Servers that the peers read from: each an ordinary process on a free loopback port."""

from __future__ import annotations

import http.client
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.data import STREAM

if TYPE_CHECKING:
    from collections.abc import Iterator

READY_SECONDS = 10.0
FALLBACK = "the benchmark's own asyncio server"

NGINX_CONFIG = """\
daemon off;
master_process off;
pid {state}/nginx.pid;
error_log stderr error;
events {{ worker_connections 256; }}
http {{
    access_log off;
    types {{ application/json json; }}
    sendfile on;
    tcp_nopush on;
    keepalive_requests 1000000;
    client_body_temp_path {state}/body;
    proxy_temp_path {state}/proxy;
    fastcgi_temp_path {state}/fastcgi;
    uwsgi_temp_path {state}/uwsgi;
    scgi_temp_path {state}/scgi;
    map $arg_page $page {{ "" 1; default $arg_page; }}
    server {{
        listen 127.0.0.1:{port};
        root {root};
        location / {{
            rewrite ^(.*)/$ $1;
            try_files $uri/$page.json =404;
        }}
    }}
}}
"""


@dataclass(frozen=True, slots=True)
class Server:
    """Where a running server is and what it is."""

    base_url: str
    kind: str


@contextmanager
def static_server(root: Path, state: Path) -> Iterator[Server]:
    """Serve the pages below `root` without any wait: with nginx where it is installed.

    `state` is an empty folder for the server's own files.
    """
    nginx = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
    if nginx is None:
        with page_server(root, latency=0.0) as server:
            yield server
        return
    state.mkdir(parents=True, exist_ok=True)
    port = _free_port()
    config = state / "nginx.conf"
    config.write_text(NGINX_CONFIG.format(state=state, root=root, port=port), encoding="utf-8")
    command = [nginx, "-p", str(state), "-c", str(config), "-e", "stderr"]
    with subprocess.Popen(command) as process:  # noqa: S603 - a fixed command
        try:
            _wait_until_open(port, process)
            yield Server(f"http://127.0.0.1:{port}", _nginx_version(nginx))
        finally:
            process.terminate()


@contextmanager
def page_server(root: Path, latency: float) -> Iterator[Server]:
    """Serve the pages below `root`, each answer `latency` seconds after its request."""
    command = [sys.executable, str(Path(__file__).with_name("pageserver.py"))]
    command += ["--root", str(root), "--latency", str(latency)]
    with subprocess.Popen(  # noqa: S603 - our own script
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            if not line.strip().isdigit():
                message = "The page server ended before it told its port; see its error above."
                raise RuntimeError(message)
            yield Server(f"http://127.0.0.1:{line.strip()}", FALLBACK)
        finally:
            process.terminate()


def drain(server: Server, pages: int) -> float:
    """Return the seconds it takes to fetch every page and do nothing with it.

    This is the floor under every peer, and shows that the server is not the bottleneck.
    """
    host = server.base_url.removeprefix("http://")
    connection = http.client.HTTPConnection(host)
    start = time.perf_counter()
    for page in range(1, pages + 1):
        connection.request("GET", f"/{STREAM}?page={page}")
        connection.getresponse().read()
    seconds = time.perf_counter() - start
    connection.close()
    return seconds


def _free_port() -> int:
    """Return a port that nothing listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _wait_until_open(port: int, process: subprocess.Popen[bytes]) -> None:
    """Return when the server takes connections; raise when it has ended instead."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except ConnectionRefusedError:
            time.sleep(0.01)
        else:
            return
    message = f"nginx did not listen on port {port}; see its error above."
    raise RuntimeError(message)


def _nginx_version(nginx: str) -> str:
    """Return for example `nginx/1.22.1`."""
    shown = subprocess.run(  # noqa: S603 - a fixed command
        [nginx, "-v"], capture_output=True, text=True, check=True
    )
    return shown.stderr.strip().rpartition(" ")[2]
