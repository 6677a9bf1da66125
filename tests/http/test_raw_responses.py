"""What no honest server sends, byte for byte: one stream's sentence, and the others go on."""

from __future__ import annotations

import gzip
import itertools
import json
import logging
import random
import time
import zlib
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.harness import Outcome, sync
from tests.support.raw_server import RECORDS, RawServer, http, records, two_streams
from tests.support.slow import slow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.raw_server import Reply

BODY = json.dumps(RECORDS)
LENGTH = len(BODY)
HUGE = "9" * 5_000
OK = "HTTP/1.1 200 OK\r\n"
CHUNKED = f"{OK}Transfer-Encoding: chunked\r\n\r\n"
BOMB = gzip.compress(b"[" + b" " * 2**23 + b"]")
GZIP = gzip.compress(BODY.encode())

READ = ""
"""Instead of a part of the sentence: all records are read."""

BROKEN = "broke before the response was complete"
NO_JSON = "the body is no JSON, or ended too soon"
TOO_LARGE = "is larger than 1 MB; `max_response_mb` sets"
TOO_DEEP = "the JSON is nested too deeply to be read"
NOT_UNPACKED = "could not be decompressed"

HEADERS: dict[str, str] = {
    "Location: http://[": READ,
    "RateLimit: r=" + HUGE: READ,
    'RateLimit: "a";r=0;t=x, ;;;===': READ,
    "X-RateLimit-Reset: 1²\r\nX-RateLimit-Remaining: 0": READ,
    "X-RateLimit-Reset: nan\r\nX-RateLimit-Remaining: 0": READ,
    "X-RateLimit-Reset: -5\r\nX-RateLimit-Remaining: -5": READ,
    "Date: Fri, 31 Dec 99999 23:59:59 GMT": READ,
    "Date: Fri, 31 Dec 2020 23:59:59 +99999999999999": READ,
    "Retry-After: " + HUGE: READ,
    f"Sunset: @{HUGE}\r\nDeprecation: @{HUGE}": READ,
    "Link: <http://[>; rel=next": READ,
    "Set-Cookie: a=b; Domain=[; Expires=99999": READ,
    "Content-Type: application/json; charset=\x80\x00": READ,
    "Content-Encoding: br": "`Accept-Encoding: gzip`",
    "Content-Encoding: \x80": "compressed as `\\x80`",
    "Content-Encoding: gzip": NOT_UNPACKED,
    "Content-Encoding: " + "gzip, " * 1_000: NOT_UNPACKED,
    "X: a\0b": READ,
    "X: a\r\n folded": READ,
    "no colon at all": READ,
    ": no name": READ,
    "X Y : \xff\xfe": READ,
    "X: " + "x" * 60_000: READ,
    "X: " + "x" * 2**20: BROKEN,
    "\r\n".join(f"X{n}: y" for n in range(10_000)): BROKEN,
    "Content-Length: 5": "has headers that contradict each other",
    f"Content-Length: {LENGTH}": READ,
}
STATUSES = {
    "99 X": BROKEN,
    "-200 X": BROKEN,
    "20² X": BROKEN,
    "1000 X": BROKEN,
    "101 Switching Protocols": "returned 101 Switching Protocols",
    "206 Partial Content": "returned 206 Partial Content",
    "304 Not Modified": "returned 304 Not Modified",
    "407 P": "returned 407 P",
    "999 X": "returned 999 X",
    "500 \x1b[2J\xff": "returned 500 \\x1b[2Jÿ",
    "500": "returned 500",
    "200 " + "x" * 2**20: BROKEN,
}
BODIES: dict[str | bytes, str] = {
    "[" * 100_000: TOO_DEEP,
    '{"a":' * 50_000: TOO_DEEP,
    f'[{{"id":"1","x":{"[" * 3_000}{"]" * 3_000}}}]': TOO_DEEP,
    "": NO_JSON,
    " ": NO_JSON,
    "<html>": NO_JSON,
    "[{'id':'1'}]": NO_JSON,
    '[{"id":"1"},]': NO_JSON,
    BODY + BODY: NO_JSON,
    BODY.encode("utf-16"): READ,
    BODY.encode("utf-16-le"): NO_JSON,
    "\ufeff" + BODY: READ,
    "NaN": "is no list and no object with a list in it",
    "[null]": "record 1 of the page is null",
    '[{"id":"1"},[]]': "record 2 of the page is a list",
    " " * 3 * 2**20: TOO_LARGE,
}
RAW: dict[str | bytes, str] = {
    CHUNKED + "FFFFFFFFFFFFFFFF\r\n" + BODY: BROKEN,
    CHUNKED + "-1\r\n" + BODY: BROKEN,
    CHUNKED + "\r\n" + BODY: BROKEN,
    CHUNKED + "0" * 100_000 + "5\r\n" + BODY: BROKEN,
    CHUNKED + f"{LENGTH:x}\r\n{BODY}\r\n": BROKEN,
    CHUNKED + f"{LENGTH:x}\r\n{BODY}\r\n0\r\n" + "X: y\r\n" * 10_000 + "\r\n": READ,
    CHUNKED + "".join(f"1\r\n{letter}\r\n" for letter in BODY) + "0\r\n\r\n": READ,
    OK.encode() + b"Transfer-Encoding: gzip\r\n\r\n" + GZIP: NO_JSON,
    "": BROKEN,
    "\0" * 10_000: BROKEN,
    "junk\r\n\r\n": BROKEN,
    "SSH-2.0-OpenSSH_9\r\n": BROKEN,
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03": BROKEN,
    BODY: BROKEN,
    "HTTP/2 200\r\n\r\n" + BODY: BROKEN,
    OK: NO_JSON,
    OK + "Content-Le": NO_JSON,
    OK + f"Content-Length: {LENGTH}\r\n\r\n{BODY[:9]}": BROKEN,
    # What is left over may break the connection of the next try.
    OK + f"Content-Length: {LENGTH - 3}\r\n\r\n{BODY}": "failed after 1 retry: the ",
    OK + f"Content-Length: -5\r\n\r\n{BODY}": READ,
    OK + f"Content-Length: 1²\r\n\r\n{BODY}": READ,
    OK + f"Content-Length: {HUGE}\r\n\r\n{BODY}": READ,
    OK + "\r\n" + BODY: READ,
    OK + "\r\n" + BODY[:-5]: NO_JSON,
    OK.replace("\r\n", "\n") + "\n" + BODY: READ,
    b"HTTP/1.1 100 Continue\r\n\r\n" + records(): READ,
    b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 9 + records(): READ,
}
PACKED = {
    "without its checksum": ("gzip", GZIP[:-8], "the compressed body ended too soon"),
    "with a wrong checksum": ("gzip", GZIP[:-8] + b"12345678", NOT_UNPACKED),
    "with padding": ("gzip", GZIP + b"padding", READ),
    "in two parts": ("gzip", gzip.compress(b"[]\n"[:1]) + gzip.compress(BODY[1:].encode()), READ),
    "in a thousand parts": ("gzip", gzip.compress(b" ") * 1_000 + GZIP, NOT_UNPACKED),
    "a bomb": ("gzip", BOMB, TOO_LARGE),
    "a bomb in a bomb": ("gzip, gzip", gzip.compress(BOMB), TOO_LARGE),
    "a bomb of the other kind": ("deflate", zlib.compress(b" " * 2**23), TOO_LARGE),
    "junk": ("deflate", b"\x08junk", NOT_UNPACKED),
}


def steadily(text: bytes, seconds: float) -> Iterator[bytes | float]:
    """A text byte by byte, and so many seconds for each."""
    for place in range(len(text)):
        yield text[place : place + 1]
        yield seconds


def endlessly(begin: str, text: str, seconds: float = 0.0) -> Iterator[bytes | float]:
    """The same text again and again."""
    yield begin.encode()
    for _ in range(100_000):
        yield text.encode()
        yield seconds


TOO_LATE = "was not complete after 0.4 seconds; `response_timeout` sets"
NEVER_ENDING: dict[str, tuple[Callable[[], Reply], str]] = {
    "a slow status": (lambda: steadily(OK.encode(), 0.2), TOO_LATE),
    "slow headers": (lambda: steadily(records(), 0.05), TOO_LATE),
    "a slow body": (
        lambda: iter([OK.encode() + b"\r\n", *steadily(BODY.encode(), 0.05)]),
        TOO_LATE,
    ),
    "100 Continue": (lambda: endlessly("", "HTTP/1.1 100 Continue\r\n\r\n", 0.005), TOO_LATE),
    "102 Processing": (lambda: endlessly("", "HTTP/1.1 102 Processing\r\n\r\n", 0.005), TOO_LATE),
    "trailers": (lambda: endlessly(CHUNKED + "0\r\n", "X: y\r\n", 0.005), TOO_LATE),
    "headers": (lambda: endlessly(OK, "X: y\r\n" * 100), BROKEN),
    "a header": (lambda: endlessly(OK + "X: ", "x" * 1_000), BROKEN),
    "the size of a chunk": (lambda: endlessly(CHUNKED, "0" * 1_000), BROKEN),
    "a body": (lambda: endlessly(OK + "\r\n", " " * 10_000), TOO_LARGE),
}

TABLE: list[tuple[Callable[[], Reply], str]] = [
    *((lambda each=each: http(BODY, each), found) for each, found in HEADERS.items()),
    *((lambda each=each: http(BODY, status=each), found) for each, found in STATUSES.items()),
    *((lambda each=each: http(each), found) for each, found in BODIES.items()),
    *((lambda each=each: as_bytes(each), found) for each, found in RAW.items()),
    *(
        (lambda name=name, body=body: http(body, f"Content-Encoding: {name}"), found)
        for name, body, found in PACKED.values()
    ),
]


def as_bytes(text: str | bytes) -> bytes:
    return text.encode("latin-1") if isinstance(text, str) else text


@pytest.fixture(scope="module")
def server() -> Iterator[RawServer]:
    """A server with one good stream."""
    with RawServer({"/good": records}) as raw:
        yield raw


def run(
    server: RawServer,
    caplog: pytest.LogCaptureFixture,
    reply: Callable[[], Reply],
    **settings: Any,  # noqa: ANN401  # any setting
) -> Outcome:
    """Read a bad stream before a good one: that is read whole, and the log is text."""
    caplog.clear()
    server.replies["/bad"] = reply
    began = time.monotonic()
    outcome = sync(two_streams(server.url, **settings))
    assert time.monotonic() - began < 20
    assert outcome.records("good") == RECORDS
    shown = [*outcome.log, *(logging.Formatter().format(record) for record in caplog.records)]
    assert [line for line in shown if not line.isprintable() or "Traceback" in line] == []
    assert "does not know this kind of failure" not in "".join(shown)
    return outcome


def check(outcome: Outcome, sentence: str) -> None:
    """The stream has all its records, or a sentence with its place."""
    error = outcome.stream("bad")["error"]
    if sentence == READ:
        assert error is None
        assert outcome.records("bad") == RECORDS
    else:
        assert sentence in error
        assert error.startswith(("bad: GET /bad, first page, ", "bad: first page "))
        assert outcome.records("bad") == []


@pytest.mark.parametrize("number", range(len(TABLE)))
def test_a_response_byte_for_byte(
    server: RawServer, caplog: pytest.LogCaptureFixture, number: int
) -> None:
    reply, sentence = TABLE[number]
    check(run(server, caplog, reply), sentence)


@pytest.mark.parametrize("name", NEVER_ENDING)
def test_a_response_without_end(
    server: RawServer, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    reply, sentence = NEVER_ENDING[name]
    check(run(server, caplog, reply, response_timeout=0.4), sentence)


def test_what_follows_an_interim_response_is_not_the_answer_to_the_next_request(
    caplog: pytest.LogCaptureFixture,
) -> None:
    body = '[{"id": "of the bad one"}]'
    hint = b"HTTP/1.1 103 Early Hints\r\n\r\n" + http(body).replace(b"Connection: close\r\n", b"")
    with RawServer({"/good": records}) as server:
        outcome = run(server, caplog, lambda: hint)
    assert outcome.records("bad") == [{"id": "of the bad one"}]


PAGINATORS: list[Any] = [
    "single_page",
    "header_link",
    {"type": "json_link", "next_url_path": "next"},
    {"type": "cursor", "cursor_path": "next", "cursor_param": "after"},
    {"type": "page_number", "base_page": 1, "total_path": "total", "maximum_page": 3},
    {"type": "offset", "limit": 5, "total_path": "total", "maximum_offset": 20},
]
PIECES = [
    b"\r\n",
    b"\0",
    b"\xff",
    b"-1",
    b"[",
    b"]",
    b"{",
    b'"',
    b"\\",
    b"e999",
    HUGE.encode(),
    b" ",
]
PIECES += [b"http://[", b"null", b":", b",", b"\x1b[2J", "²".encode(), b"\\ud800", b"HTTP/1.1 "]
NAMES = ["Link", "Location", "Age", "Date", "Content-Encoding", "RateLimit", "ETag"]
NAMES += ["X-RateLimit-Reset", "X-Total-Count", "Content-Type", "Deprecation", "Set-Cookie"]


def mutated(chance: random.Random, page: int) -> bytes:
    """One of three pages, in which a few bytes are others."""
    rows = [{"id": f"{page} {number}", "name": "x"} for number in range(5)]
    more = f"/bad?page={page + 1}" if page < 3 else None
    body = json.dumps({"data": rows, "next": more, "total": 15, "has_more": page < 3})
    headers = [
        f"{name}: {chance.choice(['1', '<x>; rel=next', 'gzip', 'a=b', '0', HUGE, '[', ''])}"
        for name in chance.sample(NAMES, 2)
    ]
    status = chance.choice(["200 OK"] * 9 + ["302 Found", "429 T", "503 U", "404 N"])
    text = bytearray(http(body, *headers, status=status))
    for _ in range(chance.choice([0, 0, 1, 1, 2, 4])):
        place = chance.randrange(len(text))
        length = chance.choice([0, 0, 1, 5, 40])
        text[place : place + length] = chance.choice([*PIECES, text[place : place + 30], b""])
    return bytes(text[: chance.choice([len(text)] * 6 + [chance.randrange(len(text))])])


@pytest.mark.parametrize("number", [40, slow(3_000)])
def test_responses_at_random(
    server: RawServer, caplog: pytest.LogCaptureFixture, number: int
) -> None:
    read = []
    for seed in range(number):
        chance = random.Random(seed)  # noqa: S311  # made-up bytes
        answers = [mutated(chance, page) for page in (1, 2, 3)]
        config = two_streams(server.url)
        config["resources"][0]["endpoint"] = {"paginator": chance.choice(PAGINATORS)}
        reply = partial(next, itertools.cycle(answers))
        outcome = run(server, caplog, reply, resources=config["resources"])
        read.append(len(outcome.records("bad")))
    assert sum(found > 0 for found in read) > number / 4
    assert {0, 15} < set(read)
