"""Reads the body of a response: whole, decompressed, and never more of it than may be held."""

from __future__ import annotations

import zlib
from io import BytesIO
from typing import TYPE_CHECKING

from urllib3.exceptions import DecodeError

from tap_analytics.http.call import IncompleteBodyError
from tap_analytics.http.ordinary import OrdinaryResponse

if TYPE_CHECKING:
    from urllib3.response import BaseHTTPResponse

PIECE = 1024 * 1024
"""Bytes that are read at once. Nearly every body fits: between two pieces other threads run.

Larger pieces stay in the memory of each thread when they are freed.
"""

MAX_ENCODINGS = 5
MAX_MEMBERS = 100
"""The most gzip files in one body: what is left of the body is copied for each."""

_GZIP = 31
_ZLIB = 15
_RAW_DEFLATE = -15
"""zlib's numbers for its three formats, each with the largest window."""

_GZIP_MAGIC = b"\x1f\x8b"
_SIGN_OF_ZLIB = 8
"""In the first byte of the zlib format; servers also send "deflate" without its frame."""


class ResponseTooLargeError(Exception):  # it never leaves the client
    """A body is larger than may be held in memory."""


class UnknownEncodingError(Exception):  # it never leaves the client
    """A body has a `Content-Encoding` that the tap does not know."""


def read_body(response: BaseHTTPResponse | OrdinaryResponse, limit: int) -> bytes:
    """Read and decompress a body.

    Args:
        response: An ordinary one, or what urllib3 received, up to its headers.
        limit: The most bytes that may be held: the compressed and the decompressed ones together.

    Returns:
        The decompressed body.

    Raises:
        ResponseTooLargeError: There is more.
        UnknownEncodingError: It is compressed in a way that the tap does not know.
        IncompleteBodyError: It is compressed and ended too soon.
        urllib3.exceptions.HTTPError: It is incomplete, or cannot be decompressed.
    """
    if isinstance(response, OrdinaryResponse):
        body = response.body
        if len(body) > limit:
            raise ResponseTooLargeError
    else:
        body = _received(response, limit)
    header = response.headers.get("Content-Encoding", "")
    names = [name.strip().lower() for name in header.split(",")]
    encodings = [name for name in names if name not in {"", "identity"}]
    if not encodings or not body:
        return body
    unknown = [name for name in encodings if name not in {"gzip", "x-gzip", "deflate"}]
    if unknown:
        raise UnknownEncodingError(header)
    if len(encodings) > MAX_ENCODINGS:
        message = f"it is compressed more than {MAX_ENCODINGS} times"
        raise DecodeError(message)
    for name in reversed(encodings):
        body = _decompressed(body, _format(name, body), limit - len(body))
    return body


def _received(response: BaseHTTPResponse, limit: int) -> bytes:
    """The body as it was sent."""
    size = min(PIECE, limit + 1)
    first = response.read(size, decode_content=False)
    # A second read says whether that was all, and raises where less came than was declared.
    more = 0 < len(first) <= limit
    piece = response.read(size, decode_content=False) if more else b""
    if not piece and len(first) <= limit:
        return first
    # It grows in place, where a list of pieces would be held twice when it is joined.
    whole = BytesIO()
    whole.write(first)
    del first
    while piece and whole.tell() <= limit:
        whole.write(piece)
        piece = response.read(size, decode_content=False)
    if whole.tell() > limit:
        # What is left of it would be taken for the next response.
        response.close()
        raise ResponseTooLargeError
    return whole.getvalue()


def _format(name: str, body: bytes) -> int:
    if name != "deflate":
        return _GZIP
    return _ZLIB if body[0] & 15 == _SIGN_OF_ZLIB else _RAW_DEFLATE


def _decompressed(body: bytes, wbits: int, limit: int) -> bytes:
    """A body without one layer of compression.

    Raises:
        IncompleteBodyError: It ends before its end, such as a gzip body without its checksum.
        DecodeError: It is not compressed like this.
        ResponseTooLargeError: There is more of it than `limit`.
    """
    whole: BytesIO | None = None
    size = 0
    for _ in range(MAX_MEMBERS):
        decoder = zlib.decompressobj(wbits)
        while True:
            try:
                piece = decoder.decompress(body, min(PIECE, max(limit - size, 0) + 1))
            except zlib.error as error:
                message = f"it is not compressed as it says: {error}"
                raise DecodeError(message) from error
            size += len(piece)
            if size > limit:
                raise ResponseTooLargeError
            body = decoder.unconsumed_tail
            if decoder.eof and whole is None and not _more(decoder.unused_data, wbits):
                return piece
            whole = whole or BytesIO()
            whole.write(piece)
            if decoder.eof:
                break
            if not piece and not body:
                message = "the compressed body ended too soon"
                raise IncompleteBodyError(message)
        body = decoder.unused_data
        if not _more(body, wbits):
            return whole.getvalue()
    message = f"it has more than {MAX_MEMBERS} parts"
    raise DecodeError(message)


def _more(rest: bytes, wbits: int) -> bool:
    """Whether another gzip member follows; anything else behind the end is padding."""
    return wbits == _GZIP and rest.startswith(_GZIP_MAGIC)
