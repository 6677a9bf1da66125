"""What comes in and what goes out: a request, an response, an entry of the log."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_WORTH_COMPRESSING = 1000


@dataclass
class Request:
    """One request, as the sandbox looks at it; header names are in lower case."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes = b""


@dataclass
class Response:
    """One response; `declared` is a Content-Length that is not the truth, `drop` is no response.

    A header that is None is not sent, `Date` included. `stalls` is how many seconds the rest of a
    longer length is waited for in vain. `deliver` takes the head and the body as bytes and yields,
    at its own pace, what is sent instead of them.
    """

    status: int = 200
    body: bytes = b""
    headers: dict[str, str | None] = field(default_factory=dict)
    declared: int | None = None
    drop: bool = False
    stalls: float = 0.0
    reason: str | None = None
    chunked: bool = False
    deliver: Callable[[bytes, bytes], Iterator[bytes]] | None = None

    def compress(self, accepted: str) -> None:
        """Send the body as gzip where that is accepted and the body is long enough to gain."""
        if "gzip" in accepted and len(self.body) >= _WORTH_COMPRESSING:
            self.body = gzip.compress(self.body, compresslevel=1)
            self.headers["Content-Encoding"] = "gzip"

    @classmethod
    def json(cls, document: Any, status: int = 200, **headers: str) -> Response:  # noqa: ANN401 -- whatever JSON can say
        """Return a document as a response; an underscore in a header's name is a hyphen."""
        spelled = {name.replace("_", "-"): value for name, value in headers.items()}
        return cls(
            status, json.dumps(document).encode(), {"Content-Type": "application/json", **spelled}
        )


@dataclass
class LogEntry:
    """A request in the log: everything but the credentials and the body."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    started: float
    stream: str | None = None
    page: int | None = None
    status: int | None = None
    seconds: float | None = None
