"""A pasted `client` block and the settings that it stands for."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from tap_analytics.config.header_values import header_problems
from tap_analytics.config.resources import parse_resources
from tap_analytics.config.resources.client_block import read_client_block
from tests.support.paths import CONFIGS


def given(text: str) -> dict[str, Any]:
    config = yaml.safe_load(text)
    assert isinstance(config, dict)
    return config


def problems(config: dict[str, Any]) -> list[str]:
    return parse_resources(config, {}).problems


def test_a_client_block_stands_for_the_settings() -> None:
    config = given((CONFIGS / "accounting.yml").read_text(encoding="utf-8"))
    assert read_client_block(config) == (
        {
            "base_url": "https://api.example.com",
            "token_url": "https://identity.example.com/connect/token",
            "client_id": "${CLIENT_ID}",
            "client_secret": "${CLIENT_SECRET}",
        },
        [],
    )


def test_a_client_block_may_bring_a_token_and_headers() -> None:
    config = given("client: {auth: {type: bearer, token: t}, headers: {Tenant: x}}")
    assert read_client_block(config) == ({"access_token": "t", "headers": {"Tenant": "x"}}, [])


@pytest.mark.parametrize(("name", "refused"), [("X-{Tenant}", False), ("X Tenant", True)])
def test_a_header_may_have_every_name_that_is_sent(name: str, *, refused: bool) -> None:
    """Braces too, as in dlt, though no name has them by the standard."""
    assert bool([*header_problems({name: "x"}, "headers")]) == refused


def test_a_client_block_in_the_spelling_of_dlt_brings_url_and_scope() -> None:
    config = given("""
        client:
          auth:
            type: oauth2_client_credentials
            access_token_url: https://identity.example.com/token
            access_token_request_data: {scope: read, grant_type: client_credentials}
    """)
    assert problems(config) == []
    assert read_client_block(config)[0] == {
        "token_url": "https://identity.example.com/token",
        "scope": "read",
    }


def test_the_same_value_twice_or_an_empty_one_is_no_disagreement() -> None:
    config = given("""
        base_url: https://api.example.com/
        headers: '{"tenant": "x"}'
        scope: ""
        client:
          base_url: https://api.example.com
          headers: {Tenant: x}
          auth: {type: oauth2, scope: read}
    """)
    assert problems(config) == []


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "{base_url: 'https://a', client: {base_url: 'https://b'}}",
            "`client.base_url` and the setting `base_url` are both given and differ: keep one.",
        ),
        (
            "{client_secret: hush, client: {auth: {type: oauth2, client_secret: hush-hush}}}",
            (
                "`client.auth.client_secret` and the setting `client_secret` are both given and "
                "differ: keep one."
            ),
        ),
        (
            "{client: {auth: {type: oauth2, token_url: hush, access_token_url: hush-hush}}}",
            (
                "`client.auth.token_url` and `client.auth.access_token_url` are both given and "
                "differ: keep one."
            ),
        ),
        (
            "{headers: {TENANT: hush}, client: {headers: {Tenant: hush-hush}}}",
            (
                "`client.headers.Tenant` and the setting `headers.Tenant` are both given and "
                "differ: keep one."
            ),
        ),
        (
            "{client: {auth: {type: bearer, client_id: hush}}}",
            "client.auth: `client_id` does not belong to the type `bearer`.",
        ),
        (
            "{client: {auth: {type: oauth2, token: hush}}}",
            "client.auth: `token` does not belong to the type `oauth2`.",
        ),
        (
            "{client: {auth: {client_secret: hush}}}",
            (
                "client.auth: `type` is missing: set it to `bearer`, `api_key`, `http_basic` or "
                "`oauth2_client_credentials`."
            ),
        ),
    ],
)
def test_a_client_block_that_disagrees_is_said_without_its_values(text: str, sentence: str) -> None:
    assert problems(given(text)) == [sentence]
    assert "hush" not in sentence
