"""A body is read in the encoding that the server names; a byte that is no text is kept and told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.harness import sync
from tests.support.raw_server import RawServer, http, records, two_streams

if TYPE_CHECKING:
    from tests.support.harness import Outcome

TEXT = "Müller ß ÿ"
RUSSIAN = "Ольга"
JAPANESE = "日本語"


def read(body: bytes, content_type: str | None = None, **settings: Any) -> Outcome:  # noqa: ANN401  # any setting
    """Read a stream whose one page has this body."""
    headers = [] if content_type is None else [f"Content-Type: {content_type}"]
    with RawServer({"/good": records, "/bad": lambda: http(body, *headers)}) as server:
        return sync(two_streams(server.url, **settings))


def page(name: str) -> str:
    return json.dumps([{"id": "1", "name": name}], ensure_ascii=False)


@pytest.mark.parametrize(
    ("encoding", "content_type", "name"),
    [
        ("utf-8", None, TEXT),
        ("utf-8", "application/json; charset=utf-8", TEXT),
        ("utf-8", "application/json; charset=ISO-8859-1", TEXT),
        ("utf-8", 'text/html;charset="us-ascii"', TEXT),
        ("utf-8", "application/json; charset=zlib", TEXT),
        ("utf-8", "application/json; charset=unicode_escape", TEXT),
        ("utf-8", "application/json; charset=no-such-thing", TEXT),
        ("latin-1", "application/json; charset=ISO-8859-1", TEXT),
        ("latin-1", "application/json;charset='latin1'", TEXT),
        ("cp1252", "text/plain; charset=windows-1252; q=1", TEXT + "€"),
        ("iso-8859-15", "application/json; charset=ISO-8859-15", TEXT + "€"),
        ("cp1251", "application/json; charset=windows-1251", RUSSIAN),
        ("koi8-r", "application/json; Charset = KOI8-R", RUSSIAN),
        ("shift_jis", "application/json; charset=Shift_JIS", JAPANESE),
        ("gb18030", "application/json; charset=GB18030", JAPANESE),
        ("utf-16-le", "application/json; charset=utf-16le", JAPANESE + TEXT),
        ("utf-16", "application/json; charset=utf-16", JAPANESE + TEXT),
        ("utf-16", None, JAPANESE + TEXT),
        ("utf-16", "application/json", TEXT),
    ],
)
def test_every_text_is_what_the_server_wrote(
    encoding: str, content_type: str | None, name: str
) -> None:
    outcome = read(page(name).encode(encoding), content_type)
    assert outcome.records("bad") == [{"id": "1", "name": name}]
    part = outcome.stream("bad")
    assert (part["converted"], part["removed_characters"]) == ({}, {})
    assert part["verdict"] == "proven"


@pytest.mark.parametrize("content_type", [None, "application/json; charset=utf-8"])
def test_a_byte_that_is_no_text_stays_in_the_output_and_is_told_once(
    content_type: str | None,
) -> None:
    body = page(TEXT).encode("latin-1").replace(b"}]", b'}, {"id": "\xfc", "name": "\xff\xc3"}]')
    outcome = read(body, content_type)
    assert outcome.records("bad") == [
        {"id": "1", "name": r"M\xfcller \xdf \xff"},
        {"id": r"\xfc", "name": r"\xff\xc3"},
    ]
    part = outcome.stream("bad")
    assert (part["converted"], part["removed_characters"]) == ({"id": 1, "name": 2}, {})
    assert sum("`name` has bytes that are not UTF-8" in line for line in outcome.log) == 1
    assert all(line.isprintable() for line in outcome.log)


def test_names_that_differ_in_such_a_byte_stay_two_names() -> None:
    body = b'[{"id": "1", "a\xfc": 1, "a\xe4": 2, "a": 3}]'
    (record,) = read(body, resources=[{"name": "bad", "primary_key": "id"}]).records("bad")
    kept = {**record, **record.pop("additional_properties", {})}
    assert {name: kept[name] for name in kept if name.startswith("a")} == {
        r"a\xfc": 1,
        r"a\xe4": 2,
        "a": 3,
    }
