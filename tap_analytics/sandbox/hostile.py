"""Responses that no honest server sends: slow, huge, or with headers and encodings that lie."""

from __future__ import annotations

import gzip
import time
import zlib
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .messages import Response
    from .rules import Plan

_MEGABYTE = b" " * 2**20
_CHECKSUM = 8
_GZIP = 31
"""zlib's number for the gzip format with its largest window."""
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


def corrupt(response: Response, plan: Plan) -> Response:
    """Make a response hostile, where a rule says so."""
    if not plan.rules:
        return response
    for action, change in _CHANGES.items():
        for rule in plan.all(action):
            change(response, **rule.arguments)
    return response


def _headers(response: Response, values: dict[str, str | None]) -> None:
    response.headers.update(values)


def _content_encoding(response: Response, name: str) -> None:
    response.body = _plain(response)
    response.headers["Content-Encoding"] = name


def _gzip_without_checksum(response: Response) -> None:
    response.body = gzip.compress(_plain(response))[:-_CHECKSUM]
    response.headers["Content-Encoding"] = "gzip"


def _gzip_bomb(response: Response, megabytes: int, layers: int = 1) -> None:
    packer = zlib.compressobj(wbits=_GZIP)
    pieces = [packer.compress(_plain(response))]
    pieces += [packer.compress(_MEGABYTE) for _ in range(megabytes)]
    response.body = b"".join([*pieces, packer.flush()])
    for _ in range(layers - 1):
        response.body = gzip.compress(response.body)
    response.headers["Content-Encoding"] = ", ".join(["gzip"] * layers)


def _large_body(response: Response, megabytes: int) -> None:
    response.body = _plain(response)
    response.declared = len(response.body) + megabytes * len(_MEGABYTE)
    response.deliver = partial(_pad, megabytes)


def _pad(megabytes: int, head: bytes, body: bytes) -> Iterator[bytes]:
    yield head + body
    for _ in range(megabytes):
        yield _MEGABYTE


def _bad_chunk(response: Response, size: str) -> None:
    response.chunked = True
    response.deliver = lambda head, body: iter([head, str(size).encode() + b"\r\n" + body])


def _slow_body(response: Response, seconds: float, bytes_per_second: float = 1) -> None:
    def deliver(head: bytes, body: bytes) -> Iterator[bytes]:
        yield head
        yield from _dripping(body, seconds, bytes_per_second)

    response.deliver = deliver


def _slow_headers(response: Response, seconds: float, bytes_per_second: float = 1) -> None:
    def deliver(head: bytes, body: bytes) -> Iterator[bytes]:
        yield from _dripping(head, seconds, bytes_per_second)
        yield body

    response.deliver = deliver


def _dripping(text: bytes, seconds: float, bytes_per_second: float) -> Iterator[bytes]:
    """Yield byte by byte, until all is said or the time is up; then the connection ends."""
    end = time.monotonic() + seconds
    for place in range(len(text)):
        if time.monotonic() > end:
            raise ConnectionAbortedError
        yield text[place : place + 1]
        time.sleep(1 / bytes_per_second)


def _endless_continue(response: Response, seconds: float) -> None:
    def deliver(head: bytes, body: bytes) -> Iterator[bytes]:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            yield _CONTINUE
            time.sleep(0.005)
        yield head + body

    response.deliver = deliver


def _plain(response: Response) -> bytes:
    """Return the body without its compression."""
    if response.headers.pop("Content-Encoding", "") == "gzip":
        return gzip.decompress(response.body)
    return response.body


_CHANGES: dict[str, Callable[..., None]] = {
    "content_encoding": _content_encoding,
    "gzip_bomb": _gzip_bomb,
    "gzip_without_checksum": _gzip_without_checksum,
    "large_body": _large_body,
    "bad_chunk": _bad_chunk,
    "slow_body": _slow_body,
    "slow_headers": _slow_headers,
    "endless_continue": _endless_continue,
    "headers": _headers,
}
