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


class SampledResponse(Struct, frozen=True):
    """A response, and when its request was sent and the response had come."""

    response: requests.Response
    sent: float
    answered: float
    answered_at: datetime


class SampledResponses:
    """The responses of a run that may be read once more; each is handed out once."""

    def __init__(self) -> None:
        """Begin without any."""
        self._responses: dict[Signature, SampledResponse] = {}
        self._bytes = 0
        self._lock = Lock()

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._responses)

    def __contains__(self, signature: Signature) -> bool:
        """Whether the response to a request is here."""
        return signature in self._responses

    def put(self, signature: Signature, sampled: SampledResponse) -> None:
        """Keep the response to a request, as long as there is space."""
        size = len(sampled.response.content)
        with self._lock:
            if self._bytes + size <= _MOST_BYTES:
                self._bytes += size
                self._responses[signature] = sampled

    def take(self, signature: Signature) -> SampledResponse | None:
        """The response to the same request; None where there is none."""
        with self._lock:
            sampled = self._responses.pop(signature, None)
            if sampled is not None:
                self._bytes -= len(sampled.response.content)
            return sampled


def signature_of(request: requests.PreparedRequest) -> Signature:
    """What tells a request from others, before credentials are set on it."""
    headers = tuple(sorted((name.lower(), value) for name, value in request.headers.items()))
    return request.method, request.url, request.body, headers
