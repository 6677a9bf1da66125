"""What dlt is told for its own loading: it is taken, named once, and changes nothing here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tap_analytics.config.resources.model import Resource
    from tap_analytics.records.json import JSON, JSONObject

_REASONS = {
    "columns": "a JSON Schema under `schema` names types",
    "merge_key": "`primary_key` says which records replace others",
    "parallelized": "the setting `concurrency` holds for the whole run",
    "max_table_nesting": "nested values stay in their record",
    "nested_hints": "nested values stay in their record",
    "parent_table_name": "nested values stay in their record",
    "references": "Singer has no message for a reference between tables",
    "schema_contract": "a field that the schema lacks is kept under `additional_properties`",
    "table_format": "it is the target's setting",
    "file_format": "it is the target's setting",
    "strategy": "how records are loaded is the target's setting",
    "row_order": "every page is read, in whatever order records come",
}


def disposition(value: JSON) -> Any:  # noqa: ANN401  # one of three texts, as the schema says
    """The write disposition, which dlt may give a strategy."""
    return value["disposition"] if isinstance(value, dict) else value


def hints_in(entry: JSONObject) -> Iterator[str]:
    """The hints of an entry, defaults merged, that change nothing."""
    yield from (name for name in _REASONS if entry.get(name) is not None)
    written = entry.get("write_disposition")
    if isinstance(written, dict) and written.get("strategy"):
        yield "strategy"
    endpoint = entry.get("endpoint")
    if isinstance(endpoint, dict) and any(
        each.get("row_order") for each in _incrementals(endpoint)
    ):
        yield "row_order"


def _incrementals(endpoint: JSONObject) -> Iterator[JSONObject]:
    """Where an endpoint says by what it is read incrementally."""
    params = endpoint.get("params")
    for each in (
        endpoint.get("incremental"),
        *(params.values() if isinstance(params, dict) else ()),
    ):
        if isinstance(each, dict):
            yield each


def hint_sentences(resources: Iterable[Resource]) -> list[str]:
    """One sentence for each hint that any resource has.

    Args:
        resources: What the configuration declares.
    """
    names: dict[str, list[str]] = {}
    for resource in resources:
        for hint in resource.hints:
            names.setdefault(hint, []).append(f"`{resource.name}`")
    return [
        f"`{hint}` ({', '.join(owners)}) is dlt's own and changes nothing here: {_REASONS[hint]}."
        for hint, owners in names.items()
    ]


def stream_maps(resources: Iterable[Resource], given: JSON) -> JSONObject:
    """The stream maps that give streams the table's name that dlt is told.

    Args:
        resources: What the configuration declares.
        given: The user's own stream maps, which go before.
    """
    aliases: JSONObject = {
        # An alias is an expression.
        resource.name: {"__alias__": repr(resource.table_name)}
        for resource in resources
        if resource.table_name and resource.table_name != resource.name
    }
    return aliases | (given if isinstance(given, dict) else {})
