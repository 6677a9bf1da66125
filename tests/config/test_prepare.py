"""A configuration becomes one value, once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from singer_sdk.exceptions import ConfigValidationError

from tap_analytics.config import loading
from tap_analytics.config.prepare import prepare_config
from tap_analytics.config.resource_settings import RESOURCE_SETTINGS
from tap_analytics.config.resources import json_values, parsing
from tap_analytics.config.settings import Settings
from tap_analytics.config.settings_schema import SETTINGS
from tap_analytics.streams.registry import built_in_streams
from tap_analytics.tap import TapAnalytics

if TYPE_CHECKING:
    from pathlib import Path, PurePath

BUILT_IN = {name: built_in_streams()[name] for name in ("contacts",)}
CONNECTION = {"base_url": "https://api.example.com", "access_token": "t"}


def test_every_setting_has_a_field_of_its_name() -> None:
    assert {*Settings.__struct_fields__} == SETTINGS["properties"].keys() - {
        "resource_defaults",
        "client",
    }


def test_the_list_of_settings_shows_the_defaults_that_a_run_has() -> None:
    shown = {
        name: entry["default"]
        for name, entry in SETTINGS["properties"].items()
        if "default" in entry
    }
    settings = Settings()
    assert shown == {name: getattr(settings, name) for name in shown}
    assert {"verify", "lookback", "concurrency", "request_timeout", "sandbox"} < shown.keys()


def test_what_is_given_takes_the_place_of_the_default() -> None:
    settings = prepare_config({**CONNECTION, "concurrency": 2, "verify": None}, {}).settings
    assert (settings.concurrency, settings.verify) == (2, "warn")
    assert settings.base_url == CONNECTION["base_url"]


def test_a_whole_number_with_a_decimal_point_is_a_whole_number() -> None:
    page_size = prepare_config({**CONNECTION, "page_size": 50.0}, {}).settings.page_size
    assert (page_size, type(page_size)) == (50, int)


def test_a_client_block_and_the_resources_are_part_of_the_settings() -> None:
    client = {
        "base_url": "https://api.example.com",
        "auth": {"type": "bearer", "token": "t"},
        "headers": {"Tenant": "x"},
    }
    config = {
        "client": client,
        "resource_defaults": {"primary_key": "id"},
        "resources": [{"name": "invoices"}],
    }
    prepared = prepare_config(config, BUILT_IN)
    assert prepared.problems == []
    settings = prepared.settings
    assert (settings.base_url, settings.access_token) == ("https://api.example.com", "t")
    assert settings.headers == {"Tenant": "x"}
    assert [(item.name, item.primary_key) for item in settings.resources] == [("invoices", ("id",))]
    assert prepared.config["base_url"] == "https://api.example.com"


@pytest.mark.parametrize("setting", RESOURCE_SETTINGS)
def test_only_a_schema_that_must_be_inferred_needs_a_connection_to_discover(setting: str) -> None:
    entries: list[Any] = [{"name": "contacts"}, {"name": "x", "schema": {"properties": {"a": {}}}}]
    given = {"resources": entries, "resource_defaults": {}, "client": {}, "auth": {}}
    prepared = prepare_config({setting: given[setting]}, BUILT_IN)
    assert len(prepared.problems) == 2
    assert prepared.discovery_problems == []
    entries.append("y")
    assert len(prepare_config({"resources": entries}, BUILT_IN).discovery_problems) == 2


def test_the_resources_are_read_once_from_the_start_to_the_streams(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read = []

    def counted(config: Any) -> Any:  # noqa: ANN401  # handed on
        read.append(config)
        return load(config)

    load = json_values.load_resource_settings
    monkeypatch.setattr(parsing, "load_resource_settings", counted)
    entry = {"name": "invoices", "schema": {"properties": {"id": {"type": "string"}}}}
    tap = TapAnalytics(config={**CONNECTION, "resources": [entry]})
    assert "invoices" in tap.streams
    assert tap.run.settings is tap.settings
    assert len(read) == 1


def test_the_configuration_that_was_handed_in_stays_as_it_is() -> None:
    config = {**CONNECTION, "page_size": "", "client": {"headers": {"a": "b"}}}
    before = {**config}
    TapAnalytics(config=config)
    assert config == before


def test_a_configuration_may_be_in_files_of_which_the_last_one_wins(tmp_path: Path) -> None:
    for number in (1, 2):
        text = f'{{"base_url": "https://api.example.com", "page_size": {number}}}'
        (tmp_path / f"{number}.json").write_text(text)
    paths: list[PurePath | str] = [tmp_path / "1.json", str(tmp_path / "2.json")]
    tap = TapAnalytics(config=paths, validate_config=False)
    assert tap.settings.page_size == 2
    assert TapAnalytics(config=paths[0], validate_config=False).settings.page_size == 1


def test_the_environment_wins_over_a_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAP_ANALYTICS_PAGE_SIZE", "7")
    tap = TapAnalytics(config={**CONNECTION, "page_size": 5}, parse_env_config=True)
    assert (tap.settings.page_size, tap.config["page_size"]) == (7, 7)
    monkeypatch.setenv("TAP_ANALYTICS_PAGE_SIZE", "many")
    with pytest.raises(ConfigValidationError) as refused:
        TapAnalytics(config=CONNECTION, parse_env_config=True)
    assert refused.value.errors == ["page_size must be a whole number, not text."]


def test_the_variables_of_a_dotenv_file_replace_those_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("PAGE_SIZE", "LOOKBACK"):
        monkeypatch.setenv(f"TAP_ANALYTICS_{name}", "5")
    (tmp_path / ".env").write_text("TAP_ANALYTICS_PAGE_SIZE=7\n")
    monkeypatch.chdir(tmp_path)
    found = loading.read_environment(SETTINGS, "TAP_ANALYTICS_")
    assert (found["page_size"], found["lookback"]) == (7, 5)
    below = tmp_path / "below"
    below.mkdir()
    monkeypatch.chdir(below)
    monkeypatch.setenv("TAP_ANALYTICS_PAGE_SIZE", "5")
    assert loading.read_environment(SETTINGS, "TAP_ANALYTICS_")["page_size"] == 7
