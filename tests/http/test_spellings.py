"""Every secret, at every place where a server or a library can say it, in every spelling."""

from __future__ import annotations

import base64
import itertools
import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from tap_analytics.http.redaction import excerpt, hide, redact, secrets_in
from tap_analytics.records.names import shown
from tests.support.harness import connected
from tests.support.one_stream import read
from tests.support.slow import default_and_slow
from tests.support.spellings import SPELLINGS

if TYPE_CHECKING:
    from tap_analytics.sandbox import Sandbox

CLIENT_SECRET = 'hush&hush/1 <q>"ü'
PARAM = "p4r4m/v&l"
HEADER = "h34d er\\val"
TENANT = "tenant-4711-x"
SECRETS = [CLIENT_SECRET, PARAM, HEADER, TENANT]


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("secret", SECRETS)
def test_each_spelling_is_found(secret: str, spelling: str) -> None:
    written = SPELLINGS[spelling](secret)
    text = excerpt(f"before {written} after".encode(), frozenset(SECRETS))
    assert " ".join(text.split()) == "before *** after"


GROUP = 5
"""So many spellings at once: of what is redacted all fits into one excerpt."""

PLACES = ["reason", "body", "error_200", "value", "redirect", "header", "log"]


GROUPS = range(0, len(SPELLINGS), GROUP)


@pytest.mark.parametrize(
    ("first", "place"),
    default_and_slow(
        itertools.product(GROUPS, PLACES),
        # Each place with its own group of spellings, and the body, which is where APIs echo, with
        # every group.
        [
            *((GROUPS[number % len(GROUPS)], place) for number, place in enumerate(PLACES)),
            *((first, "body") for first in GROUPS),
        ],
    ),
)
def test_no_secret_is_shown_at_any_place(
    sandbox: Sandbox, caplog: pytest.LogCaptureFixture, place: str, first: int
) -> None:
    caplog.set_level("DEBUG")
    spellings = list(SPELLINGS.values())[first : first + GROUP]
    written = [spelling(secret) for spelling in spellings for secret in SECRETS]
    text = " and ".join(written)
    latin = text.encode("ascii", "replace").decode()
    faults: dict[str, dict[str, Any]] = {
        "reason": {"action": "status", "code": 418, "reason": latin, "body": "x"},
        "body": {"action": "status", "code": 400, "body": text},
        "error_200": {"action": "status", "code": 200, "body": json.dumps({"error": text})},
        "value": {"action": "inject", "field": "last_modified", "json": json.dumps(text)},
        "redirect": {"action": "redirect", "to": f"https://x.example/?{latin}"},
        "header": {"action": "headers", "values": {"Content-Encoding": latin}},
        "log": {"action": "status", "code": 400, "body": "x"},
    }
    sandbox.fault(stream="buyers", page=1, times=99, **faults[place])
    endpoint = {"params": {"key": PARAM}, "headers": {"X-Key": HEADER}}
    config = connected(sandbox, headers={"X-Tenant": TENANT, "X-Key": CLIENT_SECRET})
    config["resources"] = [{"name": "buyers", "endpoint": endpoint}]
    outcome = read(config)
    shown_text = json.dumps(outcome.report, ensure_ascii=False) + "\n".join(outcome.log)
    shown_text += "\n".join(
        record.getMessage() for record in caplog.records if "authlib" not in record.name
    )
    assert "buyers" in shown_text
    assert [text for text in (*SECRETS, *written) if text in shown_text] == []


def test_ordinary_words_stay_whole() -> None:
    secrets = frozenset({"led", "fish", "x1"})
    text = "fished, fielded; led by fish and x12"
    assert redact(text, secrets) == "fished, fielded; *** by *** and x12"
    assert secrets_in({"order": "asc", "limit": 100, "from": "2024-01", "X": None}) == frozenset()


def test_a_value_is_secret_without_its_scheme_too() -> None:
    basic = base64.b64encode(b"me:s3cret-word").decode()
    secrets = secrets_in({"Authorization": f"Basic {basic}", "X-Key": "Token abcd1234efgh"})
    assert {"s3cret-word", "me:s3cret-word", "abcd1234efgh", basic} <= secrets
    assert hide("it was s3cret-word or abcd1234efgh", secrets) == "it was *** or ***"


def test_a_text_is_one_line_that_no_terminal_obeys() -> None:
    body = "a\x1b[2Jb\x00c\u202ed\r\ne\x85f".encode()
    assert excerpt(body) == r"a\x1b[2Jb\x00c\u202ed e f"
    assert shown("x" * 100).endswith("…")


@pytest.mark.parametrize("length", [10_000, 20_000])
def test_hiding_takes_time_in_proportion(length: int) -> None:
    secrets = frozenset({"aB3" * 400, *(f"secret-{number}-{'x' * 30}" for number in range(20))})
    hide("warm up", secrets)
    began = time.process_time()
    hide("a&amp;" * (length // 6) + "%25" * (length // 3) + "\\" * length, secrets)
    assert time.process_time() - began < 3
