"""A small static HTTP server that can wait before each answer.

It serves `ROOT/PATH/N.json` for `GET /PATH?page=N`, as nginx is set up to do, and does nothing
else per request, so that it is far from being the bottleneck. Pages stay in memory up to a limit.
It prints its port when it listens and ends when its standard input does.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from email.utils import formatdate
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

KEPT_BYTES = 256_000_000
HEAD = "HTTP/1.1 {status}\r\nDate: {date}\r\nContent-Type: application/json\r\n"
LENGTH = "Content-Length: {length}\r\n\r\n"
NOT_FOUND = ("404 Not Found", b'{"detail":"Invalid page."}')


class Pages:
    """Answers by request target, read from files once."""

    def __init__(self, root: Path) -> None:
        """Serve the files below `root`."""
        self.root = root
        self._kept: dict[bytes, tuple[str, bytes]] = {}
        self._bytes = 0

    def answer(self, target: bytes) -> bytes:
        """Return the whole answer, head and body, for one request target."""
        status, body = self._kept.get(target) or self._read(target)
        # Clients judge by the server's clock: an answer without it would cost some of them more.
        head = HEAD.format(status=status, date=formatdate(usegmt=True))
        return (head + LENGTH.format(length=len(body))).encode() + body

    def _read(self, target: bytes) -> tuple[str, bytes]:
        """Return the status and body for a request target; keep them while there is room."""
        status, body = self._find(target.decode("latin-1"))
        if self._bytes + len(body) <= KEPT_BYTES:
            self._bytes += len(body)
            self._kept[target] = (status, body)
        return status, body

    def _find(self, target: str) -> tuple[str, bytes]:
        """Read the page that a request target names."""
        url = urlsplit(target)
        page = parse_qs(url.query).get("page", ["1"])[0]
        file = self.root / url.path.strip("/") / f"{page}.json"
        if not page.isdigit() or not file.resolve().is_relative_to(self.root.resolve()):
            return NOT_FOUND
        try:
            return "200 OK", file.read_bytes()
        except FileNotFoundError:
            return NOT_FOUND


class Connection(asyncio.Protocol):
    """One keep-alive connection; requests have no body."""

    def __init__(self, pages: Pages, latency: float) -> None:
        """Answer from `pages`, `latency` seconds after a request has come."""
        self._pages = pages
        self._latency = latency
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        if isinstance(transport, asyncio.Transport):
            self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer each request that is complete."""
        self._buffer += data
        while b"\r\n\r\n" in self._buffer:
            head, self._buffer = self._buffer.split(b"\r\n\r\n", 1)
            target = head.split(b" ", 2)[1]
            if self._latency:
                loop = asyncio.get_running_loop()
                loop.call_later(self._latency, self._write, target)
            else:
                self._write(target)

    def _write(self, target: bytes) -> None:
        """Send the answer, unless the client has gone."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(self._pages.answer(target))


async def serve(root: Path, latency: float) -> None:
    """Serve until standard input ends."""
    pages = Pages(root)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(pages, latency), "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    async with server:
        await loop.run_in_executor(None, sys.stdin.read)


def main() -> None:
    """Serve as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before an answer")
    arguments = parser.parse_args()
    asyncio.run(serve(arguments.root, arguments.latency))


if __name__ == "__main__":
    main()
