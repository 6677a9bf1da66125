"""What a catalog asks for that the tap does not have, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from tap_analytics.config.schema_errors import did_you_mean
from tap_analytics.records.names import shown

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

METHODS = ("FULL_TABLE", "INCREMENTAL")


class CatalogCheck(Struct):
    """What was found in a catalog."""

    problems: list[str] = field(default_factory=list)
    """What nothing sensible can follow from."""

    warnings: list[str] = field(default_factory=list)
    """What is left out of the run."""


def check_catalog(catalog: Mapping[str, Any], known: Collection[str]) -> CatalogCheck:
    """Check a catalog against the streams that there are.

    Args:
        catalog: A Singer catalog, as plain values.
        known: The names of the streams.

    Returns:
        Sentences; with problems, the run must not begin.
    """
    entries = catalog.get("streams")
    entries = entries if isinstance(entries, list) else []
    if not entries:
        sentence = (
            "The catalog holds no stream, so nothing would be read: make a new one with "
            "`--discover`, or leave `--catalog` out to read every stream."
        )
        return CatalogCheck(problems=[sentence])
    found = CatalogCheck()
    for entry in entries:
        name = str(entry.get("tap_stream_id"))
        if name not in known:
            found.warnings.append(
                f"The catalog has the stream `{shown(name)}`, which the tap does not have: "
                f"{did_you_mean(name, known)}"
            )
        elif _root(entry).get("selected") is not False:
            found.problems += _entry_problems(name, entry)
    if len(found.warnings) == len(entries):
        found.problems = [*found.warnings, "Make a new catalog with `--discover`."]
        found.warnings = []
    return found


def _entry_problems(name: str, entry: Mapping[str, Any]) -> Iterator[str]:
    root = _root(entry)
    called = entry.get("stream")
    if called is not None and called != name:
        yield (
            f"The catalog calls the stream {name} `{shown(str(called))}`: `stream` must be the "
            "same as `tap_stream_id`."
        )
    method = (
        entry.get("replication_method")
        or root.get("forced-replication-method")
        or root.get("replication-method")
    )
    if method and method not in METHODS:
        yield (
            f"The catalog gives {name} the replication method `{shown(str(method))}`: it must be "
            "FULL_TABLE or INCREMENTAL."
        )
    key = entry.get("replication_key") or root.get("replication-key")
    if method == "INCREMENTAL" and not key:
        yield (
            f"The catalog gives {name} the replication method INCREMENTAL and no "
            "`replication-key`: name the field that holds the time of change."
        )
    schema = entry.get("schema")
    properties = schema.get("properties") if isinstance(schema, dict) else None
    if schema is not None and not properties:
        yield f"The catalog gives {name} a schema without fields: make a new one with `--discover`."
    if not properties:
        return
    keys = entry.get("key_properties") or root.get("table-key-properties") or ()
    wanted = [("replication key", key), *(("key", name) for name in keys)]
    for what, field_name in wanted:
        if field_name and field_name not in properties:
            yield (
                f"The catalog gives {name} the {what} `{shown(str(field_name))}`, which its "
                f"schema does not have: {did_you_mean(str(field_name), properties)}"
            )


def _root(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the metadata say of the stream itself."""
    for item in entry.get("metadata") or ():
        if not item.get("breadcrumb"):
            metadata: Mapping[str, Any] = item.get("metadata") or {}
            return metadata
    return {}
