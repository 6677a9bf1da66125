"""What must hold within a declared resource, and between all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from tap_analytics.config.resources.jsonpaths import path_problem
from tap_analytics.config.schema_errors import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from tap_analytics.config.resources.model import Resource


def resource_problems(resource: Resource, where: str, *, built_in: bool) -> Iterator[str]:
    """Find what does not fit together within one resource.

    Args:
        resource: The resource, defaults merged.
        where: The path of its entry.
        built_in: Whether it changes a built-in stream.

    Yields:
        A sentence for each thing wrong.
    """
    if problem := path_problem(resource.data_selector):
        yield f"{where}.endpoint.data_selector {problem}"
    keyless = resource.primary_key == () or (resource.primary_key is None and not built_in)
    if resource.write_disposition == "merge" and keyless:
        yield (
            f"{where}: `write_disposition: merge` needs a key: name it under `primary_key`, or "
            "use `append` or `replace`."
        )
    incremental = resource.incremental
    if incremental and not incremental.cursor_path and not built_in:
        yield f"{where}.endpoint.incremental: `cursor_path` is missing: it names the field."
    if resource.include_from_parent and not resource.parent:
        yield (
            f"{where}.include_from_parent: the resource has no parent; a parameter of type "
            "`resolve` makes one."
        )
    paginator = resource.paginator
    if paginator and paginator.stop_after_empty_page is False and not built_in:
        ends = ("total_path", "has_more_path", "maximum_page", "maximum_offset")
        if paginator.type != "cursor" and all(getattr(paginator, end) is None for end in ends):
            yield (
                f"{where}.endpoint.paginator: with `stop_after_empty_page: false` something else "
                "must tell the end: `total_path`, `has_more_path` or a maximum."
            )
    if resource.schema is not None:
        yield from _schema_problems(resource, where)


def _schema_problems(resource: Resource, where: str) -> Iterator[str]:
    """Find what is wrong with the JSON Schema that an entry gives."""
    schema = dict(resource.schema or {})
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        place = ".".join(str(step) for step in error.absolute_path)
        yield f"{where}.schema{'.' + place if place else ''} is not valid JSON Schema."
        return
    properties = schema.get("properties")
    if not properties:
        yield f"{where}.schema: `properties` is missing: it names the fields."
        return
    seen: dict[str, str] = {}
    for name in properties:
        first = seen.setdefault(name.lower(), name)
        if first != name:
            yield (
                f"{where}.schema.properties: `{name}` and `{first}` differ only by case, and "
                "many targets have one column for both: leave one out."
            )
    cursor = resource.incremental.cursor_path if resource.incremental else None
    for name in (*(resource.primary_key or ()), *([cursor] if cursor else [])):
        if name not in properties:
            yield f"{where}.schema.properties has no `{name}`: {did_you_mean(name, properties)}"


def cross_resource_problems(
    names: Mapping[str, str], resources: Mapping[str, Resource], built_in: Collection[str]
) -> Iterator[str]:
    """Find what does not fit together between the resources.

    Args:
        names: The name of every entry that has one, by the path of the entry.
        resources: The entries that have the right shape, by the path of the entry.
        built_in: The names of the built-in streams.

    Yields:
        A sentence for each thing wrong.
    """
    seen = {name.lower(): (name, "a built-in stream") for name in built_in}
    for where, name in names.items():
        first, place = seen.get(name.lower(), (name, ""))
        if place == "a built-in stream" and first == name:
            place = ""
        if place:
            twice = "stands twice" if first == name else f"differs only by case from `{first}`"
            yield f"{where}.name: `{name}` {twice}: {place} has that name already."
        seen[name.lower()] = (name, where)
    known = {*names.values(), *built_in}
    parents: dict[str, str] = {}
    for where, resource in resources.items():
        for parent in sorted({resolve.resource for resolve in resource.resolves} - known):
            hint = did_you_mean(parent, known - {resource.name})
            yield f"{where}: there is no resource `{parent}` to resolve from: {hint}"
        if resource.parent is not None:
            parents[resource.name] = resource.parent
    yield from _circles(parents)


def _circles(parents: Mapping[str, str]) -> Iterator[str]:
    """Find each circle of parents, once."""
    done: set[str] = set()
    for start in parents:
        way: list[str] = []
        name: str | None = start
        while name is not None and name not in done and name not in way:
            way.append(name)
            name = parents.get(name)
        if name in way:
            circle = [*way[way.index(name) :], name]
            yield (
                f"resources: {' -> '.join(f'`{step}`' for step in circle)} is a circle of parents: "
                "one of them must be readable on its own."
            )
        done.update(way)
