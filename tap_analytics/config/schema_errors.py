"""What a schema library finds wrong with the settings, said in sentences."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from jsonschema.exceptions import ValidationError

KINDS = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "null": "null",
    "number": "a number",
    "object": "an object",
    "string": "text",
}


def schema_violations(
    validator: Draft202012Validator, settings: Mapping[str, Any]
) -> dict[tuple[str | int, ...], list[str]]:
    """Find everything in the settings that does not have the right shape.

    Args:
        validator: What the settings must look like.
        settings: Plain values.

    Returns:
        Sentences by the path of the value they are about; the same one may stand there twice.
        No sentence quotes a value that could be a secret.
    """
    found: dict[tuple[str | int, ...], list[str]] = {}
    for error in validator.iter_errors(settings):
        found.setdefault(tuple(error.absolute_path), []).extend(_sentences(error))
    return found


def format_path(path: Iterable[str | int]) -> str:
    """Write a path as people do: `resources[2].endpoint.paginator.limit`."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            text += f".{step}" if text else step
    return text


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """End a sentence with the nearest known word, or with all of them where none is near."""
    names = sorted({name for name in known if name})
    by_lower = {name.lower(): name for name in reversed(names)}
    near = difflib.get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    if near:
        return f"did you mean `{by_lower[near[0]]}`?"
    if not names:
        return "there are none."
    return f"known are {', '.join(f'`{name}`' for name in names)}."


def _sentences(error: ValidationError) -> Iterator[str]:
    """Say one finding of the schema library, in a sentence for each thing that is wrong."""
    where = format_path(error.absolute_path)
    schema: dict[str, Any] = error.schema if isinstance(error.schema, dict) else {}
    instance: Any = error.instance
    rule: Any = error.validator_value
    if error.validator == "additionalProperties":
        yield from _unknown_keys(where, schema, instance)
    elif error.validator == "required":
        missing = [name for name in rule if name not in instance]
        yield (
            f"{where}: `{missing[0]}` is missing."
            if len(missing) == 1
            else (f"{where}: {' and '.join(f'`{name}`' for name in missing)} are missing.")
        )
    elif schema == {}:
        yield f"{where}: `name` has no meaning there: each resource has a name of its own."
    elif "x-must" in schema:
        yield f"{where} must {schema['x-must']}."
    elif error.validator == "enum":
        yield _not_among(where, schema, instance)
    else:
        yield f"{where} must {_rule(error)}."


def _unknown_keys(where: str, schema: dict[str, Any], value: dict[str, Any]) -> Iterator[str]:
    """Say of each key that is not taken why it is not, or which one was probably meant."""
    known = schema.get("properties", {})
    reasons = schema.get("x-not-taken", {})
    for key in value:
        if key in reasons:
            yield f"{where}: `{key}` is not taken: {reasons[key]}."
        elif key not in known:
            yield f"{where}: unknown key `{key}`: {did_you_mean(key, known)}"


def _not_among(where: str, schema: dict[str, Any], value: object) -> str:
    """Say that a value is none of the allowed ones, and which was probably meant."""
    allowed = [choice for choice in schema["enum"] if choice is not None]
    reasons = schema.get("x-not-taken", {})
    if isinstance(value, str) and value in reasons:
        return f"{where}: `{value}` is not taken: {reasons[value]}."
    choices = ", ".join(f"`{choice}`" for choice in allowed)
    hint = did_you_mean(value, allowed) if isinstance(value, str) else ""
    return f"{where} must be one of {choices}{': ' + hint if 'mean' in hint else '.'}"


def _rule(error: ValidationError) -> str:
    """End the sentence "PATH must ..." for the plain rules of JSON Schema."""
    value: Any = error.validator_value
    if error.validator == "type":
        kinds = [value] if isinstance(value, str) else value
        names = [KINDS[kind] for kind in kinds if kind != "null"]
        return f"be {' or '.join(names)}, not {_kind(error.instance)}"
    rules = {
        "minimum": f"be at least {value}",
        "exclusiveMinimum": f"be more than {value}",
        "maximum": f"be at most {value}",
        "minLength": "not be empty",
        "uniqueItems": "not name anything twice",
    }
    return rules.get(str(error.validator), f"satisfy `{error.validator}`")


def _kind(value: object) -> str:
    """Name the kind of a value, never the value."""
    kinds = ("null", "boolean", "integer", "number", "string", "array", "object")
    checker = Draft202012Validator.TYPE_CHECKER
    return next((KINDS[kind] for kind in kinds if checker.is_type(value, kind)), "that")
