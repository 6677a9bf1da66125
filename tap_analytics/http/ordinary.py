"""Writes an ordinary request and reads an ordinary response, as nearly all are.

It takes half of the time that the libraries need. An ordinary request is a GET without a body,
all of it in plain characters; the bytes are those that urllib3 would send. An ordinary response has
a status, headers of one line each and a length, and its connection stays open. Any other
(in chunks, up to the end of the connection, behind an interim response, with headers that are none)
is left to Python's and urllib3's own code, which gets all that was received of it.
"""

from __future__ import annotations

import re
from io import BufferedReader, RawIOBase
from typing import TYPE_CHECKING, Any, NamedTuple, cast

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterable, Mapping

FIRST = 64 * 1024
"""The most bytes that are received at first: the headers, and most or all of a usual body."""

MOST_HEADERS = 90
"""Python's own code knows how many are too many."""

_END = b"\r\n\r\n"
_STATUS = re.compile(r"HTTP/1\.1 ([2-5][0-9]{2})(?: ([!-~\xa1-\xff][ -~\xa1-\xff]*))?(?=\r\n|\Z)")
_HEADER = re.compile(r"\r\n([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\r\n\0]*)(?=\r\n|\Z)")
_LENGTH = re.compile(r"[0-9]{1,15}")
_TARGET = re.compile(r"/(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-F]{2})*")
_HOST = re.compile(r"[A-Za-z0-9.-]+(?::[0-9]+)?")
_SENT_HEADERS = re.compile(r"(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+: [\t -~\xa0-\xff]*\r\n)*")
_LEFT_TO_LIBRARY = {"host", "content-length", "transfer-encoding"}
_ADDED_BY_LIBRARY = {"accept-encoding", "user-agent"}
_WITHOUT_BODY = {204, 304}


class Headers(dict[str, str]):
    """The headers of a response; whoever asks for one may write its name in any letters."""

    __slots__ = ("_names",)

    def __init__(self, items: Iterable[tuple[str, str]]) -> None:
        """Take in names and values as they came; those of one name are joined by commas."""
        super().__init__()
        self._names: dict[str, str] = {}
        for name, value in items:
            joined = f"{self[name]}, {value}" if name in self else value
            self[self._names.setdefault(name.lower(), name)] = joined

    def __getitem__(self, name: str) -> str:
        """The value of a header."""
        return super().__getitem__(self._names[name.lower()])

    def get(self, name: str, default: Any = None) -> Any:  # noqa: ANN401  # as Python types it
        """The value of a header; most that are asked for are not there."""
        known = self._names.get(name.lower())
        return default if known is None else super().__getitem__(known)

    def __contains__(self, name: object) -> bool:
        """Whether there is such a header."""
        return isinstance(name, str) and name.lower() in self._names


class _Head(NamedTuple):
    status: int
    reason: str
    headers: Headers
    length: int
    """Bytes of the body."""


class OrdinaryResponse:
    """A response with its whole body, with what urllib3's pools ask of a response."""

    version_string = "HTTP/1.1"
    length_remaining = 0
    _connection: Any = None
    """Set by urllib3."""

    def __init__(self, head: _Head, body: bytes) -> None:
        """Keep what was received."""
        self.status, self.reason, self.headers, _ = head
        self.body = body

    @property
    def connection(self) -> Any:  # noqa: ANN401  # one of urllib3's classes
        """What it came over."""
        return self._connection


class Received(RawIOBase):
    """What has been received of a response, and what is still to come."""

    def __init__(self, beginning: bytes, rest: RawIOBase) -> None:
        """Begin with what has been received.

        Args:
            beginning: What has.
            rest: Reads on from the connection.
        """
        self._beginning = memoryview(beginning)
        self._rest = rest

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int | None:  # noqa: ANN401  # as Python types it
        """Read into a buffer; how many bytes, 0 at the end."""
        if not self._beginning:
            return cast("int | None", self._rest.readinto(buffer))
        taken = min(len(buffer), len(self._beginning))
        buffer[:taken] = self._beginning[:taken]
        self._beginning = self._beginning[taken:]
        return taken

    def close(self) -> None:
        """Close what reads from the connection, too."""
        super().close()
        self._rest.close()


def reader_behind(beginning: bytes, reader: BufferedReader) -> BufferedReader:
    """A reader of all that a connection sends, though the beginning has been received already."""
    return BufferedReader(Received(beginning, reader.detach())) if beginning else reader


def request_head(target: str, host: str, headers: Mapping[str, object]) -> bytes | None:
    """The bytes of a GET without a body, as urllib3 would send them.

    Args:
        target: The path and the query.
        host: What the `Host` header says.
        headers: All others, in their order.

    Returns:
        The bytes; None where the request is no ordinary one.
    """
    names = {name.lower() for name in headers}
    lines = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
    ordinary = (
        names >= _ADDED_BY_LIBRARY
        and names.isdisjoint(_LEFT_TO_LIBRARY)
        and lines.count("\n") == len(headers)
        and all(value.__class__ is str for value in headers.values())
        and _SENT_HEADERS.fullmatch(lines)
        and _TARGET.fullmatch(target)
        and _HOST.fullmatch(host)
    )
    text = f"GET {target} HTTP/1.1\r\nHost: {host}\r\n{lines}\r\n"
    return text.encode("latin-1") if ordinary else None


def receive(connection: socket.socket, most_bytes: int) -> OrdinaryResponse | bytes:
    """Receive a response, where it is an ordinary one.

    Args:
        connection: On which a request other than HEAD has been sent.
        most_bytes: Of a longer body only the beginning is received here.

    Returns:
        The response; for any other what has been received of it.

    Raises:
        OSError: Nothing came in time, or the connection broke.
    """
    beginning = connection.recv(FIRST)
    size = beginning.find(_END)
    head = _head(beginning[:size].decode("latin-1")) if size >= 0 else None
    if head is None or head.length > most_bytes:
        return beginning
    start = size + len(_END)
    body = beginning[start:]
    if len(body) < head.length:
        # In one piece of memory from the beginning on, which need not grow.
        with reader_behind(body, connection.makefile("rb")) as reader:
            body = reader.read(head.length)
    # What is shorter or longer than it says is no ordinary response.
    whole = len(body) == head.length
    return OrdinaryResponse(head, body) if whole else beginning[:start] + body


def _head(text: str) -> _Head | None:
    """The status and the headers of an ordinary response; None of any other."""
    status = _STATUS.match(text)
    found = _HEADER.findall(text)
    lines = text.count("\n")
    if status is None or len(found) != lines or text.count("\r") != lines or lines > MOST_HEADERS:
        return None
    headers = Headers(found)
    code, length = int(status[1]), headers.get("Content-Length", "")
    usual = (
        _LENGTH.fullmatch(length)
        and code not in _WITHOUT_BODY
        and "Transfer-Encoding" not in headers
        and headers.get("Connection", "keep-alive").lower() == "keep-alive"
    )
    return _Head(code, (status[2] or "").strip(), headers, int(length)) if usual else None
