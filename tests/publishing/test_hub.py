"""The definition for Meltano's hub: up to date, and in the form that the hub takes.

Meltano ships the schema of a plugin in a project. The hub's own schema adds what is stated here, as
read in https://github.com/meltano/hub/tree/main/schemas, files plugin_definitions/extractors,
plugin_definitions/hub_metadata, common/common and common/base_setting.
"""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import yaml
from jsonschema import Draft202012Validator

from hub.__main__ import FILE, text

DEFINITION: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
REQUIRED = {"name", "namespace", "variant", "label"}
ALLOWED = REQUIRED | {
    *("pip_url", "description", "executable", "settings", "docs", "repo", "logo_url", "hidden"),
    *("settings_group_validation", "commands", "capabilities", "metadata", "schema", "select"),
    *("maintenance_status", "domain_url", "keywords", "requires", "definition", "next_steps"),
    *("settings_preamble", "usage", "prereq", "quality"),
}
IN_THE_HUB_ONLY = {"maintenance_status", "keywords", "domain_url", "definition", "quality"}
STATUSES = {"active", "beta", "development", "inactive", "unknown"}
SETTING_WORDS = {
    *("name", "aliases", "label", "value", "placeholder", "kind", "description", "tooltip"),
    *("documentation", "env", "options", "oauth", "sensitive", "value_processor"),
}
KINDS = {
    *("oauth", "hidden", "password", "date_iso8601", "file", "email", "integer", "options"),
    *("object", "array", "boolean", "string"),
}


def test_the_file_is_what_its_command_writes() -> None:
    assert FILE.read_text(encoding="utf-8") == text(), "run: python -m hub"


def test_meltano_takes_it_as_an_extractor() -> None:
    schema = json.loads((files("meltano") / "schemas" / "meltano.schema.json").read_text("utf-8"))
    extractor = {"$ref": "#/$defs/plugins/extractors", "$defs": schema["$defs"]}
    plugin = {name: value for name, value in DEFINITION.items() if name not in IN_THE_HUB_ONLY}
    errors = [error.message for error in Draft202012Validator(extractor).iter_errors(plugin)]
    assert errors == []


def test_the_hub_takes_it() -> None:
    assert set(DEFINITION) >= REQUIRED
    assert set(DEFINITION) <= ALLOWED
    assert DEFINITION["maintenance_status"] in STATUSES
    assert all(isinstance(word, str) for word in DEFINITION["keywords"])
    for setting in DEFINITION["settings"]:
        assert set(setting) <= SETTING_WORDS, setting["name"]
        assert setting["kind"] in KINDS, setting["name"]
        assert all(isinstance(option["value"], str) for option in setting.get("options", []))
    names = {setting["name"] for setting in DEFINITION["settings"]}
    assert {name for group in DEFINITION["settings_group_validation"] for name in group} <= names
