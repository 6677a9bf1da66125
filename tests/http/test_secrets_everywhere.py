"""Every kind of authentication, at every place, in every spelling: no piece is shown."""

from __future__ import annotations

import itertools
import json
import logging
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from tap_analytics.check.checks import check
from tap_analytics.http.redaction import excerpt
from tap_analytics.tap import TapAnalytics
from tests.support.harness import InstantClock, sync
from tests.support.raw_server import RawServer, http, records
from tests.support.slow import default_and_slow
from tests.support.spellings import FURTHER, SPELLINGS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ONE, TWO = "s3CR3t&hu/sh+1=qZ", "t0K3n~Xy%41.pQ-8w"
PIECE = 7
"""So many characters of a secret are too many: less is met by chance."""


ALL = SPELLINGS | FURTHER


@pytest.mark.parametrize("spelling", FURTHER)
def test_each_further_spelling_is_found(spelling: str) -> None:
    for secret in (ONE, TWO):
        text = excerpt(f"before {FURTHER[spelling](secret)} after".encode(), frozenset({secret}))
        assert pieces(secret, FURTHER[spelling], text) == []
        assert text.startswith("before")
        assert text.endswith("after")


def oauth2(url: str, **further: Any) -> dict[str, Any]:  # noqa: ANN401  # any setting
    auth = {"type": "oauth2_client_credentials", "access_token_url": f"{url}/token"}
    return {"auth": {**auth, "client_id": "the-client", "client_secret": ONE, **further}}


def endpoint(**parts: Any) -> dict[str, Any]:  # noqa: ANN401  # any part
    return {"endpoint": parts}


KINDS: dict[str, Callable[[str], dict[str, Any]]] = {
    "bearer": lambda _: {"access_token": ONE},
    "client credentials": oauth2,
    "in the basic style": lambda url: oauth2(url, auth_style="basic"),
    "in the json style": lambda url: oauth2(url, access_token_request_data={"api_token": TWO}),
    "refresh token": lambda url: oauth2(url, refresh_token=TWO),
    "key in a header": lambda _: {"auth": {"type": "api_key", "name": "X-K", "api_key": ONE}},
    "key in the query": lambda _: {
        "auth": {"type": "api_key", "name": "k", "api_key": ONE, "location": "query"}
    },
    "key in a cookie": lambda _: {
        "auth": {"type": "api_key", "name": "k", "api_key": ONE, "location": "cookie"}
    },
    "basic": lambda _: {"auth": {"type": "http_basic", "username": "me", "password": ONE}},
    "a user alone": lambda _: {"auth": {"type": "http_basic", "username": ONE, "password": ""}},
    "headers": lambda _: {"headers": {"X-A": ONE, "Authorization": f"Token {TWO}"}},
    "a cookie among headers": lambda _: {"headers": {"Cookie": f"a=b; sid={ONE}; x={TWO}"}},
    "of an endpoint": lambda _: {"bad": endpoint(headers={"X-A": ONE}, params={"q": TWO})},
    "defaults": lambda _: {
        "resource_defaults": endpoint(headers={"X-A": ONE}, params={"q": [TWO]})
    },
    "own authentication": lambda _: {"bad": endpoint(auth={"type": "bearer", "token": ONE})},
    "client block": lambda url: {
        "client": {"base_url": url, "auth": {"token": ONE}, "headers": {"X-A": TWO}}
    },
    "body": lambda _: {"bad": endpoint(method="POST", json={"a": {"b": [ONE]}, "q": TWO})},
    "form": lambda _: {"bad": endpoint(method="POST", data={"api_key": ONE})},
    "path": lambda _: {"bad": endpoint(path=f"bad?api_key={quote(ONE, safe='')}")},
}

PLACES: dict[str, Callable[[str], bytes]] = {
    "reason": lambda text: http("x", status=f"418 {line(text)}"),
    "body": lambda text: http(text, status="400 B"),
    "mark-up": lambda text: http(f"<html><p title='{text}'>{text}</p>", status="400 B"),
    "error with 200": lambda text: http(json.dumps({"error": text})),
    "no json": lambda text: http("{" + text),
    "redirect": lambda text: http(
        "x", f"Location: https://x.example/?{line(text)}", status="302 F"
    ),
    "encoding": lambda text: http("x", f"Content-Encoding: {line(text)}"),
    "header without a name": lambda text: http("[]", line(text), "X: y"),
    "announcement": lambda text: http("[]", f"Deprecation: {line(text)}", f"Sunset: {line(text)}"),
    "status line": lambda text: f"{line(text)}\r\n\r\n".encode("latin-1"),
    "quota": lambda text: http("[]", f"Retry-After: {line(text)}", status="429 T"),
    "value": lambda text: http(json.dumps([{"id": "1", "at": text}])),
    "name of a field": lambda text: http(json.dumps([{"id": "1", text: 1}])),
    "key": lambda text: http(json.dumps([{"id": text}, {"id": text, "at": "2"}])),
    "name in an envelope": lambda text: http(json.dumps({text: 1, "b": 2})),
    "link": lambda text: http(json.dumps({"data": [{"id": "1"}], "next": f"http://x/{text}"})),
}


WORDS = {
    "reason": "returned 418",
    "body": "returned 400",
    "mark-up": "returned 400",
    "error with 200": "returned no records",
    "no json": "no JSON",
    "redirect": "returned 302",
    "encoding": "is compressed as",
    "quota": "429",
}
"""What is said where the response tells of an error: the secret could stand right beside it."""
TOKEN_WORDS: dict[str, str] = {"reason": "418", "body": "400", "redirect": "302"}
"""The same of a response to the request for a token."""


def line(text: str) -> str:
    """What of a text fits into a line of a response."""
    return "".join(letter for letter in text if " " <= letter <= "~")


def pieces(secret: str, spelling: Callable[[str], str], shown: str) -> list[str]:
    """The pieces of a secret, and of how it was written, that are shown."""
    found = []
    for text, length in ((secret, PIECE), (spelling(secret), 4 * PIECE)):
        starts = range(max(1, len(text) - length + 1))
        found += [text[start : start + length] for start in starts]
    low = shown.lower()
    return [piece for piece in found if piece.lower() in low]


@pytest.fixture(scope="module")
def server() -> Iterator[RawServer]:
    """A server with one good stream."""
    with RawServer({"/good": records}) as raw:
        yield raw


def configured(kind: str, url: str) -> dict[str, Any]:
    """The settings of two streams, and of one kind of authentication."""
    schema = {
        "type": "object",
        "properties": {"id": {"type": "string"}, "at": {"type": "string", "format": "date-time"}},
    }
    given = KINDS[kind](url)
    own = given.pop("bad", {"endpoint": {}})["endpoint"]
    bad = {"paginator": {"type": "json_link", "next_url_path": "next"}, **own}
    common = {"schema": schema, "primary_key": "id"}
    return {
        "base_url": url,
        "concurrency": 1,
        "error_handler": {"max_retries": 1, "backoff_factor": 0},
        "resources": [
            {"name": "bad", "endpoint": bad, **common},
            {"name": "good", "endpoint": {"paginator": "single_page"}, **common},
        ],
        **given,
    }


def everything(
    config: dict[str, Any], caplog: pytest.LogCaptureFixture, *, checked: bool = False
) -> str:
    """All that a run, or a check, shows."""
    caplog.clear()
    if checked:
        texts = [json.dumps(check(TapAnalytics, config, clock=InstantClock()).as_dict())]
    else:
        outcome = sync(config)
        texts = [json.dumps(outcome.report, ensure_ascii=False), *outcome.log]
        assert "bad" in texts[0]
    assert any(record.name.startswith("urllib3") for record in caplog.records)
    return "\n".join([*texts, *map(logging.Formatter().format, caplog.records)])


PAIRS = [*itertools.product(KINDS, PLACES)]
SHARE = 13
"""The default run takes every thirteenth pair: each kind and each place is among them."""


@pytest.mark.parametrize(("kind", "place"), default_and_slow(PAIRS, PAIRS[::SHARE]))
def test_no_piece_of_a_secret_is_shown(
    server: RawServer, caplog: pytest.LogCaptureFixture, kind: str, place: str
) -> None:
    caplog.set_level("DEBUG")
    config = configured(kind, server.url)
    token = json.dumps(
        {"access_token": "minted-t0ken-4711-Zz", "refresh_token": "next-0ne-4712-Yy"}
    )
    server.replies["/token"] = lambda: http(token)
    secrets = [
        text
        for text in (ONE, TWO)
        if json.dumps(text)[1:-1] in json.dumps(KINDS[kind]("u"))
        or quote(text, safe="") in json.dumps(KINDS[kind]("u"))
    ]
    assert secrets
    secrets += ["minted-t0ken-4711-Zz"] * (
        "auth" in config and "access_token_url" in config["auth"]
    )
    for secret, names in itertools.product(secrets, groups(place)):
        text = " ".join(ALL[name](secret) for name in names)
        server.replies["/bad"] = partial(PLACES[place], text)
        server.asked.clear()
        shown = everything(config, caplog)
        assert "/bad" in server.asked
        assert WORDS.get(place, "bad") in shown
        found = {name: pieces(secret, ALL[name], shown) for name in names}
        assert not any(found.values()), found


def groups(place: str) -> Iterator[list[str]]:
    """A few spellings at once: so many that what is redacted all fits into one excerpt."""
    of_a_line = PLACES[place]("\u200b\n") == PLACES[place]("")
    names = iter([name for name in ALL if not of_a_line or line(ALL[name](ONE)) == ALL[name](ONE)])
    while group := [*itertools.islice(names, 15)]:
        yield group


TOKEN_PLACES = ["reason", "body", "no json", "redirect", "error with 200", "status line"]


@pytest.mark.parametrize("place", TOKEN_PLACES)
@pytest.mark.parametrize("kind", ["client credentials", "in the json style", "refresh token"])
def test_no_piece_of_a_secret_is_shown_where_a_token_is_requested(
    server: RawServer, caplog: pytest.LogCaptureFixture, kind: str, place: str
) -> None:
    caplog.set_level("DEBUG")
    config = configured(kind, server.url)
    for secret, names in itertools.product(
        (ONE, TWO)[: 1 + (kind != "client credentials")], groups(place)
    ):
        text = " ".join(ALL[name](secret) for name in names)
        server.replies["/token"] = partial(PLACES[place], text)
        server.asked.clear()
        shown = everything(config, caplog)
        assert "/token" in server.asked
        assert TOKEN_WORDS.get(place, "token") in shown
        found = {name: pieces(secret, ALL[name], shown) for name in names}
        assert not any(found.values()), found


@pytest.mark.parametrize("kind", KINDS)
def test_no_piece_of_a_secret_is_shown_by_a_check(
    server: RawServer, caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    caplog.set_level("DEBUG")
    config = configured(kind, server.url)
    text = json.dumps(config)
    server.replies["/bad"] = lambda: http(text, status="400 B")
    server.replies["/token"] = lambda: http(json.dumps({"access_token": ONE[::-1] + TWO}))
    shown = everything(config, caplog, checked=True)
    assert not any(pieces(secret, str, shown) for secret in (ONE, TWO))
