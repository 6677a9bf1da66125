"""Responses that were read for a sample, kept so that they are not requested again."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from datetime import datetime

    import requests

_MOST_BYTES = 32 * 1024 * 1024

Signature = tuple[object, ...]


class KeptResponse(Struct, frozen=True):
    """A response, and when its request was sent and the response had come."""

    response: requests.Response
    sent: float
    answered: float
    answered_at: datetime


class KeptResponses:
    """The responses of a run that may be read once more; each is handed out once."""

    def __init__(self) -> None:
        """Begin without any."""
        self._responses: dict[Signature, KeptResponse] = {}
        self._bytes = 0
        self._lock = Lock()

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._responses)

    def __contains__(self, signature: Signature) -> bool:
        """Whether the response to a request is kept."""
        return signature in self._responses

    def put(self, signature: Signature, kept: KeptResponse) -> None:
        """Keep the response to a request, as long as there is space."""
        size = len(kept.response.content)
        with self._lock:
            if self._bytes + size <= _MOST_BYTES:
                self._bytes += size
                self._responses[signature] = kept

    def take(self, signature: Signature) -> KeptResponse | None:
        """The response to the same request; None where none is kept."""
        with self._lock:
            kept = self._responses.pop(signature, None)
            if kept is not None:
                self._bytes -= len(kept.response.content)
            return kept


def signature_of(request: requests.PreparedRequest) -> Signature:
    """What tells a request from others, before credentials are set on it."""
    headers = tuple(sorted((name.lower(), value) for name, value in request.headers.items()))
    return request.method, request.url, request.body, headers
