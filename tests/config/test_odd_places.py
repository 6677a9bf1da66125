"""Every place of a configuration, a catalog and a state holds something odd: a sentence or a run.

`test_fuzz.py` tries odd files at random through the command; this one leaves no place out.
"""

from __future__ import annotations

import io
import json
from contextlib import redirect_stdout, suppress
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pytest

from tap_analytics.config.loading import check_input, json_object
from tap_analytics.config.prepare import prepare_config
from tap_analytics.config.settings_schema import SETTINGS
from tap_analytics.exceptions import RunFailedError, TapError
from tap_analytics.http.failures import UNFORESEEN
from tap_analytics.sandbox import Sandbox
from tap_analytics.streams.registry import built_in_streams
from tests.support.fuzzing import (
    GONE,
    MARK,
    ODD,
    OWN,
    RESOURCES,
    InstantPairTap,
    Place,
    changed,
    places,
)
from tests.support.harness import connected, only, sync
from tests.support.slow import slow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

VALUES = [*ODD, GONE, "5", "[null]", "[{}]", '["x"]', '{"type":null}', '[[["x"]]]']
SHARES = [7, slow(1)]
"""Every seventh pair of a place and a value, or all of them."""

RICH: dict[str, Any] = {
    **OWN,
    "base_url": "https://x.example",
    "access_token": "t",
    "auth": {
        "type": "oauth2_client_credentials",
        "access_token_url": "https://t.example",
        "client_id": "a",
        "client_secret": "b",
        "access_token_request_data": {"audience": "x"},
    },
    "client": {
        "base_url": "https://y.example",
        "auth": {"type": "api_key", "name": "k", "api_key": "v", "location": "query"},
        "paginator": {"type": "offset", "limit": 10},
        "headers": {"a": "b"},
    },
    "resources": [
        *RESOURCES,
        "contacts",
        {
            "name": "things",
            "primary_key": ["id", "b"],
            "columns": {"id": {"data_type": "bigint"}},
            "schema": {
                "type": "object",
                "properties": {
                    "id": {"type": "string"},
                    "at": {"type": ["string", "null"], "format": "date-time"},
                },
            },
            "write_disposition": "merge",
            "endpoint": {
                "path": "things/{resources.contacts.id}/x",
                "method": "GET",
                "data_selector": "$.a",
                "paginator": {"type": "json_link", "next_url_path": "next"},
                "params": {"p": {"type": "resolve", "resource": "contacts", "field": "ContactID"}},
                "incremental": {
                    "cursor_path": "at",
                    "initial_value": "2020-01-01",
                    "start_param": "since",
                },
                "response_actions": [{"status_code": 404, "action": "ignore"}],
                "auth": {"type": "bearer", "token": "x"},
                "error_handler": {"max_retries": 1},
            },
            "include_from_parent": ["ContactID"],
            "processing_steps": [{"filter": "x"}],
        },
    ],
    "stream_maps": {"buyers": {"a": "b"}},
    "report_path": "x{run_id}",
    "start_date": "2020-01-01",
    "end_date": "2021-01-01",
}

NOT_FORESEEN = UNFORESEEN.split(". ")[-1]
GOING_OUT: dict[str, Any] = {
    "stream_maps": {
        "buyers": {
            "__filter__": "id",
            "__alias__": "customers",
            "__key_properties__": ["id"],
            "__else__": None,
            "id": "id",
            "label": "cloud + '/'",
        },
        "copies": {"__source__": "buyers", "text": "str(_)", "domain": None},
        "con*": None,
        "__else__": None,
    },
    "stream_map_config": {"salt": "x"},
    "faker_config": {"seed": 1, "locale": "en"},
    "flattening_enabled": True,
    "flattening_max_depth": 1,
    "flattening_max_key_length": 20,
    "flattening_separator": "__",
}
"""The SDK's settings for what goes out, beside settings that work."""


def oddities(
    document: dict[str, Any], further: Iterable[Place], share: int
) -> Iterator[tuple[Place, str]]:
    """A document with an odd value at each place in turn.

    Args:
        document: A document that works.
        further: Places that it could have.
        share: Every pair of a place and a value, or every so many-th one.
    """
    pairs = [(place, odd) for place in (*places(document)[1:], *further) for odd in VALUES]
    for place, odd in pairs[::share]:
        with suppress(LookupError, TypeError):  # a place that is not there after all
            text = json.dumps(changed(document, place, None if odd == GONE else MARK))
            yield place, text.replace(json.dumps(MARK), odd)


def tracebacks(texts: Iterable[tuple[Place, str]], read: Callable[[str], object]) -> list[str]:
    """What is wrong with the reading of each: an exception that is no sentence."""
    found = []
    tried = 0
    for place, text in texts:
        tried += 1
        try:
            read(text)
        except TapError as refusal:
            if not str(refusal).isprintable():
                found.append(f"{place}: {refusal}")
        except Exception as error:  # noqa: BLE001  # what is looked for
            found.append(f"{place}: {type(error).__name__}: {error}")
    assert tried > 100
    return found


@pytest.mark.parametrize("share", SHARES)
def test_configurations(share: int) -> None:
    built_in = built_in_streams()

    def read(text: str) -> None:
        prepared = prepare_config(json_object(text, "The file"), built_in)
        assert all(map(str.isprintable, (*prepared.problems, *prepared.ignored)))

    absent = [(name,) for name in SETTINGS["properties"] if name not in RICH]
    assert tracebacks(oddities(RICH, absent, share), read) == []


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """An API with a page of buyers."""
    with Sandbox(rows={"buyers": 3, "contacts": 2}, seed=1) as api:
        yield api


def reader(kind: str, config: dict[str, Any], **others: Any) -> Callable[[str], None]:  # noqa: ANN401  # any JSON
    """What reads a file of a kind, and then syncs with it and with the others."""

    def read(text: str) -> None:
        value = json_object(text, "The file")
        check_input(kind, value, "The file")
        with redirect_stdout(io.TextIOWrapper(io.BytesIO(), encoding="utf-8")):
            files: dict[str, Any] = {kind: value, **others}
            InstantPairTap(config=config, **files).sync_all()

    return read


@pytest.mark.parametrize("share", SHARES)
def test_runs(
    sandbox: Sandbox, share: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # some paths of a report can be written
    works = connected(sandbox, **OWN)
    built_in = built_in_streams()

    def read(text: str, further: Mapping[str, Any] = MappingProxyType({})) -> None:
        config = {**json_object(text, "The file"), **further}
        if prepare_config(config, built_in).problems:
            return
        tap = InstantPairTap(config=config, catalog=catalog)
        with (
            redirect_stdout(io.TextIOWrapper(io.BytesIO(), encoding="utf-8")),
            suppress(RunFailedError),
        ):
            tap.sync_all()
        said = json.dumps(tap.run.report.as_dict())
        assert NOT_FORESEEN not in said, said

    absent = [(name,) for name in SETTINGS["properties"] if name not in {*works, "sandbox"}]
    catalog = only("buyers", config=works)
    found = tracebacks(oddities(works, absent, share), read)
    found += tracebacks(oddities(GOING_OUT, (), share), lambda text: read(text, works))
    assert not found, "\n".join(found)


@pytest.mark.parametrize("share", SHARES)
def test_catalogs(sandbox: Sandbox, share: int) -> None:
    config = connected(sandbox, **OWN)
    (entry,) = (
        entry
        for entry in only("buyers", config=config)["streams"]
        if entry["tap_stream_id"] == "buyers"
    )
    few = [*list(entry["schema"]["properties"])[:6], "last_modified_at"]
    properties = {name: entry["schema"]["properties"][name] for name in few}
    entry["schema"]["properties"] = properties
    entry["metadata"] = [
        item for item in entry["metadata"] if {*item["breadcrumb"]} <= {"properties", *few}
    ]
    names = ("replication_key", "replication_method", "is_view", "row_count", "stream_alias")
    further: list[Place] = [("version",), *(("streams", 0, name) for name in names)]
    texts = oddities({"streams": [entry]}, further, share)
    assert tracebacks(texts, reader("catalog", config)) == []


@pytest.mark.parametrize("share", SHARES)
def test_states(sandbox: Sandbox, share: int) -> None:
    config = connected(sandbox, **OWN)
    works = sync(config, "buyers").state
    part = {"context": {"a": "b"}, "replication_key": "x", "replication_key_value": "2020"}
    works["bookmarks"]["buyers"] |= {"partitions": [part], "invalid_fields": ["a"]}
    names = (
        *("starting_replication_value", "replication_key_signpost", "progress_markers"),
        *("start_format", "version"),
    )
    further: list[Place] = [("currently_syncing",), ("bookmarks", "contacts")]
    further += [("bookmarks", "buyers", name) for name in names]
    catalog = only("buyers", config=config)
    texts = oddities(works, further, share)
    assert tracebacks(texts, reader("state", config, catalog=catalog)) == []
