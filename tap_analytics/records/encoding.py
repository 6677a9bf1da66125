"""Records as JSON: decimals digit for digit, in the order that the Singer SDK writes messages."""

from __future__ import annotations

from datetime import datetime
from hashlib import blake2b
from typing import Any

import msgspec


def _to_text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


_encoder = msgspec.json.Encoder(enc_hook=_to_text, decimal_format="number")
encode = _encoder.encode
encode_sorted = msgspec.json.Encoder(
    enc_hook=_to_text, decimal_format="number", order="sorted"
).encode


def short_digest(data: bytes) -> str:
    """What tells texts apart in a state: they may be long, or not be for everybody's eyes."""
    return blake2b(data, digest_size=6).hexdigest()


def record_envelope(stream: str, version: int | None, extracted: datetime) -> tuple[bytes, bytes]:
    """A RECORD message's JSON before and behind its record, as the SDK's own writer orders it.

    Args:
        stream: The stream's name.
        version: The version that the record carries; None for none.
        extracted: When the response had come, with its zone.
    """
    before = b'{"type":"RECORD","stream":' + encode(stream) + b',"record":'
    rest: dict[str, Any] = {} if version is None else {"version": version}
    rest["time_extracted"] = extracted
    return before, b"," + encode(rest)[1:] + b"\n"
