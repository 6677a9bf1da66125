"""Servers that others wrote: what `init-resource` prints for them reads every record.

They are started where `REAL_SERVERS` names the folder in which they are installed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests
import yaml

from tap_analytics.exceptions import StreamError
from tests.support.compatibility.real_servers import ROWS, SERVERS, running, why_absent
from tests.support.compatibility.server import Request, Response, serving
from tests.support.harness import Outcome, sync
from tests.support.init_resource import ask

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow


def need(name: str) -> None:
    """Skip where a server is not installed, and say why."""
    if reason := why_absent(name):
        pytest.skip(reason)


def read(base_url: str, entry: dict[str, Any], **state: Any) -> Outcome:  # noqa: ANN401
    """Read what an entry names."""
    return sync({"base_url": base_url, "resources": [entry]}, **state)


PAGINATORS: dict[str, dict[str, Any]] = {
    "json-server-0": {
        "type": "page_number",
        "limit": 100,
        "limit_param": "_limit",
        "page_param": "_page",
        "base_page": 1,
    },
    "json-server-1": {
        "type": "page_number",
        "limit": 100,
        "limit_param": "_per_page",
        "page_param": "_page",
        "base_page": 1,
        "total_path": "last",
    },
    "datasette": {
        "type": "json_link",
        "limit": 100,
        "limit_param": "_size",
        "next_url_path": "next_url",
    },
    "kinto": {
        "type": "header_link",
        "limit": 100,
        "limit_param": "_limit",
        "links_next_key": "Next-Page",
    },
}


@pytest.mark.parametrize("name", PAGINATORS)
def test_what_init_resource_prints_for_a_real_server_reads_every_record(
    tmp_path: Path, name: str
) -> None:
    need(name)
    with running(name, tmp_path) as base_url:
        given = ("--path", SERVERS[name].path, "--name", "posts")
        ended = ask(tmp_path, {"base_url": base_url}, *given)
        assert ended.exit_code == 0, ended.output
        (entry,) = yaml.safe_load(ended.stdout)["resources"]
        assert entry["endpoint"]["paginator"] == PAGINATORS[name]
        outcome = read(base_url, entry)
        titles = {record["title"] for record in outcome.records("posts")}
        assert titles == {row["title"] for row in ROWS}
        assert outcome.stream("posts")["verdict"] == "proven"
        again = read(base_url, entry, state=outcome.state)
    assert again.stream("posts")["verdict"] == "proven"
    assert len(again.records("posts")) < len(ROWS)


def test_a_real_server_is_read_without_a_paginator_or_the_run_says_that_it_is_not_proven(
    tmp_path: Path,
) -> None:
    for name in PAGINATORS:
        need(name)
        (tmp_path / name).mkdir()
        with running(name, tmp_path / name) as base_url:
            path, _, query = SERVERS[name].path.partition("?")
            params = dict([query.split("=")]) if query else {}
            entry = {"name": "posts", "endpoint": {"path": path, "params": params}}
            if name == "datasette":
                entry["endpoint"]["data_selector"] = "rows"  # type: ignore[index]  # a dict
            outcome = read(base_url, entry)
            count = len({str(record["title"]) for record in outcome.records("posts")})
            assert count == len(ROWS) or outcome.stream("posts")["verdict"] == "not proven", name


def test_a_filter_that_a_real_server_takes_for_another_is_not_believed(tmp_path: Path) -> None:
    """json-server 1 returns nothing for `updated_at__gte`, which it does not know."""
    need("json-server-1")
    order = {"order_param": "_sort", "order_value": "updated_at", "order_value_desc": "-updated_at"}
    incremental = {"cursor_path": "updated_at", "start_param": "updated_at__gte", **order}
    endpoint = {
        "path": "/posts",
        "data_selector": "data",
        "paginator": PAGINATORS["json-server-1"],
        "incremental": incremental,
    }
    with running("json-server-1", tmp_path) as base_url:
        outcome = read(base_url, {"name": "posts", "primary_key": "id", "endpoint": endpoint})
    assert len({record["id"] for record in outcome.records("posts")}) == len(ROWS)
    assert outcome.stream("posts")["read_by"] == "pages"


def test_a_token_with_a_resource_indicator_is_issued_and_used(tmp_path: Path) -> None:
    need("oidc-provider")
    with running("oidc-provider", tmp_path) as issuer:

        def respond(request: Request) -> Response:
            token = request.headers.get("authorization", "").removeprefix("Bearer ")
            client = {"client_id": "reader", "client_secret": "client-secret"}
            about = requests.post(
                f"{issuer}/token/introspection", {"token": token, **client}, timeout=10
            ).json()
            right = about.get("aud") == "https://rows.example.com"
            return Response([{"id": 1}]) if right else Response({"error": str(about)}, 401)

        auth = {
            "type": "oauth2_client_credentials",
            "access_token_url": f"{issuer}/token",
            "client_id": "reader",
            "client_secret": "client-secret",
        }
        data = {"scope": "read", "resource": "https://rows.example.com"}
        with serving(respond) as server:
            config: dict[str, Any] = {
                "client": {
                    "base_url": server.base_url,
                    "auth": {**auth, "access_token_request_data": data},
                },
                "resources": ["rows"],
            }
            assert len(sync(config).records("rows")) == 1
            config["client"]["auth"] = auth
            with pytest.raises(StreamError, match="returned 401"):
                sync(config)
