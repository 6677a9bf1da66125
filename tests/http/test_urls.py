"""Where a link may lead: to the API's own host, and there by the API's own scheme."""

from __future__ import annotations

import pytest

from tap_analytics.config.prepare import prepare_config
from tap_analytics.http.urls import same_host_url
from tap_analytics.streams.configured import configured_streams
from tap_analytics.streams.registry import built_in_streams

OWN = "https://api.example.com/v1/rows?page=1"


@pytest.mark.parametrize(
    ("link", "address"),
    [
        ("?page=2", "https://api.example.com/v1/rows?page=2"),
        ("/v1/rows?page=2#top", "https://api.example.com/v1/rows?page=2"),
        ("https://API.example.com/v1/rows?page=2", "https://api.example.com/v1/rows?page=2"),
        ("https://api.example.com:443/x", "https://api.example.com/x"),
        ("http://api.example.com/x", "https://api.example.com/x"),
        ("https://someone:secret@api.example.com/x", "https://api.example.com/x"),
    ],
)
def test_a_link_to_the_own_host_is_followed_by_the_own_scheme(link: str, address: str) -> None:
    assert same_host_url(link, OWN) == address


@pytest.mark.parametrize(
    "link",
    [
        "https://example.com/x",
        "//elsewhere.example.com/x",
        "https://api.example.com.evil.example/x",
        "https://api.example.com@evil.example/x",
        "https://api.example.com:8443/x",
        "http://api.example.com:8080/x",
        "ftp://api.example.com/x",
        "https://[broken/x",
    ],
)
def test_a_link_to_anywhere_else_is_not(link: str) -> None:
    assert same_host_url(link, OWN) is None


def test_a_built_in_stream_with_another_paginator_drops_what_only_page_numbers_know() -> None:
    def changed(paginator: str) -> tuple[str | None, str | None]:
        entries = [{"name": "contacts", "endpoint": {"paginator": paginator}}]
        streams = configured_streams(
            prepare_config({"resources": entries, "api": "accounting"}, built_in_streams()).settings
        )
        (contacts,) = [stream for stream in streams if stream.name == "contacts"]
        return contacts.page_count_path, contacts.start_header

    assert changed("page_number") == ("pagination.pageCount", "If-Modified-Since")
    assert changed("offset") == (None, "If-Modified-Since")
