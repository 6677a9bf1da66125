"""Rules that a JSON Schema cannot express: within one resource, and between all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from tap_analytics.config.header_values import header_problems
from tap_analytics.config.resources.defaults import stream_name
from tap_analytics.config.resources.jsonpaths import jsonpath_problem, offset_problem
from tap_analytics.config.resources.normalization import has_start_inside
from tap_analytics.config.resources.plain_schema import is_plain_schema
from tap_analytics.config.schema_errors import did_you_mean
from tap_analytics.records.added_fields import ADDITIONAL_PROPERTIES
from tap_analytics.records.names import problem_for_targets, shown
from tap_analytics.records.start_format import start_format_problem

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from tap_analytics.config.resource_settings import BuiltInStream
    from tap_analytics.config.resources.model import Resource


def resource_problems(resource: Resource, path: str, *, built_in: bool) -> Iterator[str]:
    """Find what does not fit together within one resource.

    Args:
        resource: The resource, defaults merged.
        path: The path of its entry, such as `resources[2]`.
        built_in: Whether it changes a built-in stream.

    Yields:
        A sentence for each thing wrong.
    """
    if (problem := jsonpath_problem(resource.data_selector)) or (
        resource.paginator
        and resource.paginator.type == "offset"
        and (problem := offset_problem(resource.data_selector))
    ):
        yield f"{path}.endpoint.data_selector {problem}"
    keyless = resource.primary_key == () or (resource.primary_key is None and not built_in)
    if resource.write_disposition == "merge" and keyless:
        yield (
            f"{path}: `write_disposition: merge` needs a key: set `primary_key`, or use "
            "`append` or `replace`."
        )
    incremental = resource.incremental
    if incremental and not incremental.cursor_path and not built_in:
        yield f"{path}.endpoint.incremental: `cursor_path` is missing: set it to a field."
    if (
        incremental
        and incremental.start_format
        and (problem := start_format_problem(incremental.start_format))
    ):
        yield f"{path}.endpoint.incremental.start_format {problem}"
    yield from _request_problems(resource, path)
    if resource.on_missing_key == "hash" and len(resource.primary_key or ()) > 1:
        yield (
            f"{path}.on_missing_key: `hash` fills a key of one text column, and `primary_key` has "
            "several: remove it."
        )
    if resource.include_from_parent and not resource.parent:
        yield (
            f"{path}.include_from_parent: the resource has no parent. A parameter of type "
            "`resolve` gives it one."
        )
    paginator = resource.paginator
    if paginator and paginator.stop_after_empty_page is False and not built_in:
        ends = (
            *("total_path", "records_total_path", "has_more_path"),
            *("maximum_page", "maximum_offset"),
        )
        follows = paginator.type in {"cursor", "json_link"}
        if not follows and all(getattr(paginator, end) is None for end in ends):
            yield (
                f"{path}.endpoint.paginator: with `stop_after_empty_page: false` the end must "
                "be known otherwise: set `total_path`, `has_more_path` or a maximum."
            )
    if resource.schema is not None:
        yield from _schema_problems(resource, path)


_NEVER_IGNORED = frozenset({401, 408, 429})


def _request_problems(resource: Resource, path: str) -> Iterator[str]:
    """Find what does not fit together in the request, and in what is ignored of responses."""
    if "#" in (resource.path or ""):
        yield (
            f"{path}.endpoint.path has a `#`: nothing behind it is ever sent, and parameters come "
            "behind it. Write `%23` where the API wants the character itself."
        )
    yield from header_problems(resource.headers or {}, f"{path}.endpoint.headers")
    in_full = resource.write_disposition == "replace"
    has_initial = resource.incremental and resource.incremental.initial_value is not None
    if in_full and not has_initial and has_start_inside(resource.json):
        yield (
            f"{path}.endpoint.json: `{{incremental.start_value}}` has no value in a stream that is "
            "read in full, and stands in a condition that means something else without it: set "
            "`initial_value` in `incremental`."
        )
    posts = resource.method == "POST"
    bodies = [name for name in ("json", "data") if getattr(resource, name) is not None]
    if len(bodies) > 1:
        yield f"{path}.endpoint: `json` and `data` are both given: keep one."
    for name in bodies:
        if not posts and getattr(resource, name):
            yield f"{path}.endpoint.{name}: a GET has no body: set `method: POST`."
    paginator = resource.paginator
    for name in ("page_body_path", "offset_body_path", "limit_body_path", "cursor_body_path"):
        if paginator and getattr(paginator, name) and (not posts or resource.data is not None):
            yield (
                f"{path}.endpoint.paginator.{name} names a field of a JSON body: set "
                "`method: POST`, and no `data`."
            )
    for index, action in enumerate(resource.ignored or ()):
        status = action.status
        ignorable = status is None or status == 204 or 400 <= status <= 499  # noqa: PLR2004
        if (status is None and not action.content) or (
            (not ignorable and not action.content) or status in _NEVER_IGNORED
        ):
            yield (
                f"{path}.endpoint.response_actions[{index}]: `status_code` must be 204, or a "
                "status from 400 to 499 other than 401, 408 and 429, or there must be a `content`: "
                "other responses cannot be ignored without losing records."
            )


def _types(schema: Mapping[str, Any]) -> set[str]:
    """The types that a schema allows, by itself or in one of its variants."""
    named = schema.get("type", ())
    types = {named} if isinstance(named, str) else set(named)
    for keyword in ("anyOf", "oneOf", "allOf"):
        for variant in schema.get(keyword, ()):
            types |= _types(variant) if isinstance(variant, dict) else set()
    return types


def _schema_problems(resource: Resource, path: str) -> Iterator[str]:
    """Find what is wrong with the JSON Schema that an entry gives."""
    schema = dict(resource.schema or {})
    try:
        if not is_plain_schema(schema):
            Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        keys = ".".join(str(step) for step in error.absolute_path)
        yield f"{path}.schema{'.' + keys if keys else ''} is not valid JSON Schema."
        return
    properties = schema.get("properties")
    if not properties:
        yield f"{path}.schema: `properties` is missing: it lists the fields."
        return
    aside = properties.get(ADDITIONAL_PROPERTIES)
    if isinstance(aside, dict) and "object" not in aside.get("type", "object"):
        yield (
            f"{path}.schema.properties.{ADDITIONAL_PROPERTIES} must have the type `object`: the "
            "tap keeps there what has no field of its own. Leave it out, and the tap adds it."
        )
    seen: dict[str, str] = {}
    for name in properties:
        if problem := problem_for_targets(name):
            yield (
                f"{path}.schema.properties: the name `{shown(name)}` {problem}, and targets run "
                f"names as SQL: leave it out, and it goes to `{ADDITIONAL_PROPERTIES}`."
            )
        first = seen.setdefault(name.lower(), name)
        if first != name:
            yield (
                f"{path}.schema.properties: `{name}` and `{first}` differ only in case, and "
                "many targets have one column for both: remove one."
            )
    yield from _key_problems(resource, properties, path)


def _key_problems(resource: Resource, properties: Mapping[str, Any], path: str) -> Iterator[str]:
    """Find what the fields of a schema do not say of the keys."""
    cursor = resource.incremental.cursor_path if resource.incremental else None
    for name in (*(resource.primary_key or ()), *([cursor] if cursor else [])):
        if "." not in name and name not in properties:
            yield f"{path}.schema.properties has no `{name}`: {did_you_mean(name, properties)}"
    declared = properties.get(cursor) if cursor else None
    if isinstance(declared, dict) and not _types(declared) & {"string", "integer", "number"}:
        yield (
            f"{path}.schema.properties.{cursor}: the replication key must have the type `string`, "
            "`integer` or `number`; a date-time is a `string` with `format: date-time`."
        )


def cross_resource_problems(
    names: Mapping[str, str], resources: Mapping[str, Resource], built_in: Collection[str]
) -> Iterator[str]:
    """Find what does not fit together between the resources.

    Args:
        names: The name of every entry that has one, as it is written, by the path of the entry.
        resources: The entries that have the right shape, by the path of the entry.
        built_in: The names of the built-in streams.

    Yields:
        A sentence for each thing wrong.
    """
    owners = {name.lower(): (name, name, "a built-in stream") for name in built_in}
    streams = {path: stream_name(name) for path, name in names.items()}
    for path, name in streams.items():
        written = names[path]
        first, first_written, owner = owners.get(name.lower(), (name, written, ""))
        if owner and not (owner == "a built-in stream" and first == name):
            if first == name and first_written != written:
                yield (
                    f"{path}.name: `{shown(written)}` and `{shown(first_written)}` of {owner} are "
                    f"both called `{name}` here, as a name has letters, digits and `_` only: give "
                    "one of them another name."
                )
            else:
                same = "is used twice" if first == name else f"differs only in case from `{first}`"
                yield f"{path}.name: `{name}` {same}: {owner} has this name already."
        owners[name.lower()] = (name, written, path)
    known = {*streams.values(), *built_in}
    parents: dict[str, str] = {}
    for path, resource in resources.items():
        for parent in sorted({resolve.resource for resolve in resource.resolves} - known):
            hint = did_you_mean(parent, known - {resource.name})
            yield f"{path}: there is no resource `{parent}` to take values from: {hint}"
        if resource.parent is not None:
            parents[resource.name] = resource.parent
    yield from _cycles(parents)


def api_problems(
    resources: Mapping[str, Resource], api: str | None, built_in: Mapping[str, BuiltInStream]
) -> Iterator[str]:
    """Find the resources that need a built-in stream which the tap, as it is set, does not have.

    Args:
        resources: The resources, by the path of the entry.
        api: The setting `api`.
        built_in: The built-in streams, by name.

    Yields:
        A sentence for each.
    """
    replaced = {each.name for each in resources.values() if each.replaces_built_in}
    for path, resource in resources.items():
        for name in filter(None, (resource.name, resource.parent)):
            configured = (resource.api if name == resource.name else None) or api
            if name not in built_in or name in replaced:
                continue
            if configured is not None and configured != built_in[name].api:
                yield (
                    f"{path}: `{name}` is a built-in stream of the {built_in[name].api} API, and "
                    f"`api` is `{configured}`: choose another name, or leave `api` out."
                )


def _cycles(parents: Mapping[str, str]) -> Iterator[str]:
    """Find each cycle of parents, once."""
    done: set[str] = set()
    for start in parents:
        ancestors: list[str] = []
        name: str | None = start
        while name is not None and name not in done and name not in ancestors:
            ancestors.append(name)
            name = parents.get(name)
        if name in ancestors:
            cycle = [*ancestors[ancestors.index(name) :], name]
            yield (
                f"resources: {' -> '.join(f'`{step}`' for step in cycle)} is a cycle of parents: "
                "one of them must not depend on another."
            )
        done.update(ancestors)
