"""Mistakes in the SDK's settings for what goes out: a sentence each, before the first request."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from singer_sdk.helpers import capabilities

from tap_analytics.config.prepare import prepare_config
from tap_analytics.config.stream_maps import SHAPES
from tap_analytics.streams.registry import built_in_streams
from tests.support.harness import WORKS

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result

OBJECT = "must be an object of fields and their expressions, or null to leave the stream out."
TEXT = "must be an expression, as text, or null to leave the field out."


def problems(**settings: Any) -> list[str]:  # noqa: ANN401  # any setting
    return prepare_config(WORKS | settings, built_in_streams()).problems


def test_each_of_the_settings_has_a_shape() -> None:
    of_maps, flattening = capabilities.STREAM_MAPS_CONFIG, capabilities.FLATTENING_CONFIG
    assert SHAPES.keys() == of_maps["properties"].keys() | flattening["properties"].keys()


@pytest.mark.parametrize(
    ("maps", "sentence"),
    [
        ("buyers", "stream_maps must be an object, not text."),
        (["buyers"], "stream_maps must be an object, not a list."),
        ({"__else__": "x"}, "stream_maps.__else__ must be null, which leaves out all others."),
        ({"__els__": None}, "`stream_maps.__els__` is not an option: did you mean `__else__`?"),
        ({"buyers": "x"}, f"stream_maps.buyers {OBJECT}"),
        ({"buyers": 5}, f"stream_maps.buyers {OBJECT}"),
        ({"buyers": ["id"]}, f"stream_maps.buyers {OBJECT}"),
    ],
    ids=str,
)
def test_a_mistake_in_the_maps_is_a_sentence(maps: object, sentence: str) -> None:
    assert problems(stream_maps=maps) == [sentence]


@pytest.mark.parametrize(
    ("field", "value", "end"),
    [
        ("x", 5, TEXT),
        ("x", True, TEXT),
        ("x", ["id"], TEXT),
        ("x", {"a": "b"}, TEXT),
        ("x", "id +", "is not an expression: invalid syntax."),
        ("x", "", "is not an expression: it must be exactly one."),
        ("x", "id; id", "is not an expression: it must be exactly one."),
        ("x", "(" * 300, "is not an expression: too many nested parentheses."),
        ("__filter__", "id =", "is not an expression: invalid syntax."),
        ("__filter__", "id = 'a'", "is not an expression: values are compared with `==`."),
        ("__filter__", 5, "must be an expression, as text."),
        ("__filtr__", "id", "is not an option: did you mean `__filter__`?"),
        ("__alias__", 5, "must be a name, or an expression of one."),
        (
            "__alias__",
            "1st",
            (
                "is not an expression: invalid decimal literal: put quotation marks around a name "
                "that is no expression, as in `'1st'`."
            ),
        ),
        ("__source__", None, "must be the name of a stream."),
        ("__key_properties__", "id", "must be a list of fields, or null for none."),
        ("__else__", "id", "must be null, which leaves out all others."),
    ],
)
def test_a_mistake_in_a_map_is_a_sentence(field: str, value: object, end: str) -> None:
    (problem,) = problems(stream_maps={"buyers": {field: value}})
    assert problem.replace("`", "", 2 if problem.startswith("`") else 0) == (
        f"stream_maps.buyers.{field} {end}"
    )


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"flattening_enabled": True}, "`flattening_max_depth` is missing: "),
        ({"flattening_enabled": "yes"}, "flattening_enabled must be true or false, not text."),
        ({"flattening_max_depth": "2"}, "flattening_max_depth must be a whole number, not text."),
        ({"flattening_max_key_length": []}, "flattening_max_key_length must be a whole number"),
        ({"flattening_separator": 5}, "flattening_separator must be text, not a whole number."),
        ({"stream_map_config": "a"}, "stream_map_config must be an object, not text."),
        ({"faker_config": "a"}, "faker_config must be an object, not text."),
    ],
    ids=str,
)
def test_a_mistake_in_a_setting_beside_them_is_a_sentence(
    settings: dict[str, Any], sentence: str
) -> None:
    (problem,) = problems(**settings)
    assert problem.startswith(sentence)


def test_no_sentence_quotes_an_expression() -> None:
    maps = {"buyers": {"x": "sha256('s3cr3t-salt' + )", "__alias__": "s3cr3t salt"}}
    found = problems(stream_maps=maps)
    assert len(found) == 2
    assert "s3cr3t" not in " ".join(found)


@pytest.mark.parametrize(
    "maps",
    [
        {},
        {"__else__": None},
        {"__else__": "__NULL__", "buyers": {}},
        {"buyers": None, "listings": "__NULL__", "con*": {"id": "id"}},
        {"buyers": {"x": "__NULL__", "y": None, "__typename": "cloud", "__filter__": None}},
        {"buyers": {"__alias__": " b ", "__key_properties__": None, "__else__": None}},
        {"buyers": {"__alias__": "my-buyers"}, "b": {"__source__": "buyers"}},
        {"buyers": {"__alias__": "__stream_name__ + '_raw'", "__key_properties__": ["id"]}},
        {"buyers": {"x": "id is 1", "y": "'\\d'"}},
    ],
    ids=str,
)
def test_what_the_sdk_can_follow_is_no_mistake(maps: dict[str, Any]) -> None:
    prepared = prepare_config(WORKS | {"stream_maps": maps}, built_in_streams())
    assert prepared.problems == prepared.ignored == []


def test_the_least_depth_is_only_asked_for_where_something_is_flattened() -> None:
    assert problems(flattening_enabled=False, flattening_max_depth=-1) == []
    assert problems(flattening_enabled=True, flattening_max_depth=0) == []


def test_a_map_that_no_stream_has_is_named() -> None:
    """It may be there to leave a field out, which would go out."""
    things = {"name": "things", "endpoint": "things", "schema": {"type": "object"}}
    maps = {
        "byers": {"email": None},
        "things": {"email": None},
        "copy": {"__source__": "thing"},
        "x*": None,
        "l*": None,
    }
    config = WORKS | {"stream_maps": maps, "resources": [things]}
    byers, copy, many = prepare_config(config, built_in_streams()).ignored
    assert byers == (
        "`stream_maps.byers` changes nothing: no stream has this name: did you mean `buyers`?"
    )
    assert copy.startswith("`stream_maps.copy.__source__` changes nothing")
    assert copy.endswith("did you mean `things`?")
    assert many.startswith("`stream_maps.x*` changes nothing")
    del config["resources"]
    assert len(prepare_config(config, built_in_streams()).ignored) == 4


def test_a_mistake_ends_the_command_with_exit_code_1(
    command: Callable[..., Result], caplog: pytest.LogCaptureFixture
) -> None:
    maps = json.dumps({"buyers": {"x": "id +"}})
    ended = command("--config", "ENV", TAP_ANALYTICS_SANDBOX="true", TAP_ANALYTICS_STREAM_MAPS=maps)
    assert ended.exit_code == 1
    assert caplog.messages[-1:] == ["`stream_maps.buyers.x` is not an expression: invalid syntax."]
