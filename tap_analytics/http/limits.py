"""What one request may take, and how long a server may be away."""

from __future__ import annotations

import sys

from msgspec import Struct


class Limits(Struct, frozen=True):
    """The bounds of every request of a run; each is a setting."""

    timeout: float = 60.0
    """Seconds to wait for a connection, and for each next part of a response."""

    response_timeout: float = 300.0
    """Seconds for a whole response, from the connection to its last byte."""

    max_response_mb: float = 256.0
    """The most MiB of one response, its compressed and its decompressed bytes together."""

    connection_retry_seconds: float = 60.0
    """For so long connections that cannot be made are retried, however few the retries."""

    @property
    def max_bytes(self) -> int:
        """`max_response_mb` in bytes."""
        return int(min(self.max_response_mb * 2**20, sys.maxsize))
