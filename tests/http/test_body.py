"""Bodies are read whole, in every form that is asked for, and in bounded memory."""

from __future__ import annotations

import gzip
import io
import subprocess
import sys
import zlib

import pytest
from urllib3.exceptions import DecodeError
from urllib3.response import HTTPResponse

from tap_analytics.http.body import MAX_MEMBERS, ResponseTooLargeError, read_body
from tap_analytics.http.call import IncompleteBodyError

TEXT = b'{"results": [1, 2, 3]}' * 1000
RAW = zlib.compressobj(wbits=-15)
RAW_DEFLATE = RAW.compress(TEXT) + RAW.flush()

PEAK = """
import io, resource, zlib
from urllib3.response import HTTPResponse
from tap_analytics.http.body import ResponseTooLargeError, read_body
packer = zlib.compressobj(wbits=31)
body = b"".join([*(packer.compress(b" " * 2**20) for _ in range(1024)), packer.flush()])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
headers = {"Content-Encoding": "gzip"}
response = HTTPResponse(io.BytesIO(body), headers=headers, preload_content=False)
try:
    read_body(response, 64 * 2**20)
except ResponseTooLargeError:
    print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
"""


def response(body: bytes, encoding: str = "") -> HTTPResponse:
    headers = {"Content-Encoding": encoding}
    return HTTPResponse(io.BytesIO(body), headers=headers, preload_content=False)


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (TEXT, ""),
        (TEXT, "identity"),
        (gzip.compress(TEXT), "gzip"),
        (gzip.compress(TEXT), "X-GZIP"),
        (gzip.compress(TEXT) + b"\0" * 9, "gzip"),
        (gzip.compress(TEXT[:99]) + gzip.compress(TEXT[99:]), "gzip"),
        (zlib.compress(TEXT), "deflate"),
        (RAW_DEFLATE, "deflate"),
        (gzip.compress(zlib.compress(TEXT)), "deflate, gzip"),
    ],
    ids=range(9),
)
def test_a_body_is_whole_in_each_form(body: bytes, encoding: str) -> None:
    assert read_body(response(body, encoding), 2**20) == TEXT


@pytest.mark.parametrize("missing", [1, 8, 50])
def test_a_compressed_body_without_its_end_is_incomplete(missing: int) -> None:
    with pytest.raises(IncompleteBodyError):
        read_body(response(gzip.compress(TEXT)[:-missing], "gzip"), 2**20)


def test_the_limit_counts_what_is_held_and_not_a_byte_less() -> None:
    body = gzip.compress(TEXT)
    held = len(TEXT) + len(body)
    assert read_body(response(body, "gzip"), held) == TEXT
    with pytest.raises(ResponseTooLargeError):
        read_body(response(body, "gzip"), held - 1)
    with pytest.raises(ResponseTooLargeError):
        read_body(response(TEXT), len(TEXT) - 1)


def test_many_small_files_in_one_body_are_refused() -> None:
    with pytest.raises(DecodeError):
        read_body(response(gzip.compress(b"") * (MAX_MEMBERS + 1), "gzip"), 2**20)


def test_memory_stays_below_the_limit_and_48_mb() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PEAK], capture_output=True, check=True, encoding="utf-8"
    )
    assert float(done.stdout) < 64 + 48
