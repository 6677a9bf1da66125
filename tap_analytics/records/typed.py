"""Records decoded into a class of their stream's own: that takes half as long as into dicts.

It serves records whose fields the schema knows, and whose values fit as they are or as text. Any
other record, one in a hundred thousand or all of them, takes the way through a dict, which alone
puts values aside and counts. Both ways give the same bytes; `FieldOrder` sees to the order.

Nested values are decoded, too, and written anew: passed on as they came, a line break of a
pretty-printed body would break the lines, and the same record in another spelling were another.
"""

from __future__ import annotations

import re
import sys
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET

from tap_analytics.records.added_fields import ADDITIONAL_PROPERTIES
from tap_analytics.records.conform import Conformer, as_it_is
from tap_analytics.records.datetimes import USUAL_FORMS, exact_instant, parsed_datetime
from tap_analytics.records.encoding import encode
from tap_analytics.records.keys import key_form, key_writer
from tap_analytics.records.scalars import NonConformingValue, exact_decimal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from tap_analytics.records.conform import Check
    from tap_analytics.records.json import JSON
    from tap_analytics.records.non_conforming import Field

    ReadRecord = tuple[bytes, Any, Any]
    """A record as JSON, its key, and its replication value."""

    Reader = Callable[[msgspec.Raw], ReadRecord | None]

MOST_FIELDS = 200
"""Of more fields, a record in another order than the usual one would take long to decode."""

LEARNED = 100
"""So many records show the order of the fields."""

MOST_BY_DICT = 0.2
"""The part of the records that may take the other way before all of them do."""

_PLAIN_NAME = re.compile(r'[^"\\\x00-\x1f\ud800-\udfff]+')
_DECODED_AS: dict[object, Any] = {
    str: str | None,
    bool: bool | None,
    dict: dict | None,
    list: list | None,
}
_DOES_NOT_FIT = (msgspec.DecodeError, ValueError, ArithmeticError, RecursionError)
"""What is raised for a record that takes the other way, which may raise it again."""


class FieldOrder:
    """The order of a stream's fields, merged from records in which some may be absent."""

    def __init__(self) -> None:
        """Await records: `observe` takes in each, and `names` has the order."""
        self.names: list[str] = []
        self.contradicted = False
        """Whether two records had fields in different orders."""
        self._seen: set[tuple[str, ...]] = set()

    def observe(self, names: tuple[str, ...]) -> None:
        """Take in the fields of a record."""
        if self.contradicted or names in self._seen:
            return
        self._seen.add(names)
        known = {name: place for place, name in enumerate(self.names)}
        places = [known[name] for name in names if name in known]
        if places != sorted(places):
            self.contradicted = True
            return
        at = 0
        for name in names:
            if name in known:
                at = self.names.index(name)
            else:
                self.names.insert(at, name)
            at += 1

    def applied(self, record: dict[str, JSON]) -> dict[str, JSON]:
        """A record with its fields in this order, and those that it does not name behind them."""
        if [*record] == self.names:
            return record
        ordered = {name: record.pop(name) for name in self.names if name in record}
        return {**ordered, **record}


class TypedWay:
    """Chooses the way of a stream's records, page by page."""

    def __init__(self, make_reader: Callable[[Sequence[str]], Reader | None]) -> None:
        """Begin with dicts, which show the order of the fields.

        Args:
            make_reader: Called with the fields, in their order, when enough records have come.
        """
        self._make_reader = make_reader
        self._order = FieldOrder()
        self._learns = True
        self.read: Reader | None = None
        """What is tried first with each record; None where nothing is."""
        self.records = self.by_dict = 0
        """How many have come since the order is known, and how many of them the other way."""

    def by_other_way(self, record: dict[str, JSON]) -> dict[str, JSON]:
        """A conformed record that came as a dict, with its fields in the order of the stream."""
        fits = ADDITIONAL_PROPERTIES not in record
        self.by_dict += not fits or not self._learns
        if self._learns:
            self._order.observe(tuple(record) if fits else tuple(record)[:-1])
            return record
        return self._order.applied(record) if self._order.names else record

    def page(self, records: int) -> None:
        """A page with so many records was read: the next one goes the way that fits."""
        self.records += records
        if self.records < LEARNED or not (self._learns or self.read):
            return
        too_many = self.by_dict > self.records * MOST_BY_DICT
        if self._learns:
            self._learns = False
            if not (too_many or self._order.contradicted):
                self.read = self._make_reader(self._order.names)
            if self.read is None:
                self._order = FieldOrder()
            self.records = self.by_dict = 0
        elif too_many:
            # What both ways cost is more than what is gained; the order stays as it is.
            self.read = None


class _Strict(Conformer):
    """Converts what fits, and refuses the record of any value that does not."""

    def _instead(self, value: JSON, field: Field, error: Exception) -> JSON:  # noqa: ARG002  # of the other way
        raise NonConformingValue

    def _rewritten(self, name: str, came: JSON, left: JSON) -> None:  # noqa: ARG002  # the same
        if key_form(came, left) != "as it is":
            raise NonConformingValue

    def _text(self, value: object, path: str) -> str:  # noqa: ARG002  # the same
        raise NonConformingValue

    def top_level(self) -> Mapping[str, Check]:
        """For each field the class that fits as it is, and what to do with any other."""
        return self._checks


def typed_reader(
    schema: Mapping[str, Any],
    order: Sequence[str],
    *,
    keys: Sequence[str],
    replication_key: str,
    observe: Callable[[JSON], None] | None = None,
) -> Reader | None:
    """What reads a record that fits the schema of its stream, and leaves any other alone.

    Args:
        schema: The stream's.
        order: The fields in the order in which they are written; the schema has further ones.
        keys: The fields of the key.
        replication_key: The field that says when a record changed.
        observe: Called with each replication value as it came.

    Returns:
        The reader, which returns None for a record that takes the other way; None where there can
        be none for such a schema.
    """
    checks = _Strict(schema, watched=keys).top_level()
    names = [*order, *(name for name in checks if name not in order)]
    possible = (
        len(names) <= MOST_FIELDS
        and {*order, *keys} <= checks.keys()
        and all(map(_PLAIN_NAME.fullmatch, names))
    )
    if not possible or not keys:
        return None
    members = {name: f"f{number}" for number, name in enumerate(names)}
    record_class = msgspec.defstruct(
        "TypedRecord",
        [(members[name], _DECODED_AS.get(checks[name][0], Any), UNSET) for name in names],
        rename={member: name for name, member in members.items()},
        forbid_unknown_fields=True,
        gc=False,
    )
    converted = {
        members[name]: check
        for name, check in checks.items()
        if check[0] not in _DECODED_AS and check[1] is not as_it_is
    }
    text = _reader_text(
        {member: fits or convert for member, (fits, convert, _) in converted.items()},
        keys=[members[name] for name in keys],
        time=members.get(replication_key),
        observes=observe is not None,
    )
    known: dict[str, Any] = {
        "decode": msgspec.json.Decoder(record_class, float_hook=exact_decimal).decode,
        "encode": encode,
        "observe": observe,
        "Decimal": Decimal,
        "parsed_datetime": parsed_datetime,
        "MARKS": slice(4, 20, 3),
        "write_key": key_writer(schema, keys),
        "UNSET": UNSET,
        "DOES_NOT_FIT": _DOES_NOT_FIT,
        **{f"convert_{member}": convert for member, (_, convert, _) in converted.items()},
    }
    exec(text, known)  # noqa: S102  # made of numbers: no name from outside is in it
    read: Reader = known["read"]
    return read


def _reader_text(
    converted: Mapping[str, object], *, keys: Sequence[str], time: str | None, observes: bool
) -> str:
    """The text of a reader, which has no loop over fields.

    With the key `f0` and the time `f2`, where only `f1` is converted:

        def read(raw):
            try:
                record = decode(raw)
                observe(record.f2)
                value = record.f1
                if value is None or value is UNSET: pass
                else: record.f1 = convert_f1(value)
                if record.f0 is None or record.f0 is UNSET: return None
                time = record.f2
                return encode(record), (record.f0), (None if time is UNSET else time)
            except DOES_NOT_FIT:
                return None

    Args:
        converted: The members to convert, with the class that fits as it is or the function that
            converts them.
        keys: The members of the key; of several the texts are the key.
        time: The member that says when a record changed; None where there is none.
        observes: Whether the time is observed as it came.
    """
    changed = f"record.{time}" if time else "None"
    lines = [f"observe({changed})"] if observes else []
    for member, how in converted.items():
        lines.append(f"value = record.{member}")
        if how is exact_instant:
            lines += _usual_instants(member)
            continue
        lines.append("if value is None or value is UNSET: pass")
        if how is Decimal:
            lines.append("elif value.__class__ is Decimal: pass")
        lines.append(f"else: record.{member} = convert_{member}(value)")
    found = [f"record.{member}" for member in keys]
    lines += [f"if {each} is None or {each} is UNSET: return None" for each in found]
    key = found[0] if len(found) == 1 else "".join(f"write_key({each}), " for each in found)
    lines += [
        f"time = {changed}",
        f"return encode(record), ({key}), (None if time is UNSET else time)",
    ]
    body = "".join(f"        {line}\n" for line in lines)
    return (
        "def read(raw):\n"
        "    try:\n"
        "        record = decode(raw)\n"
        f"{body}"
        "    except DOES_NOT_FIT:\n"
        "        return None\n"
    )


def _usual_instants(member: str) -> Iterator[str]:
    """What `exact_instant` does with most date-times, in place: its call takes half of its time."""
    # From Python 3.13 on parsing knows the hour 24.
    no_24 = " and value[11:13] != '24'" if sys.version_info >= (3, 13) else ""
    yield "if value.__class__ is str:"
    yield "    size = len(value)"
    case = "if"
    for length, (marks, end) in USUAL_FORMS.items():
        ends = "" if marks.endswith("Z") else f" and value[{length - 1}] == 'Z'"
        yield f"    {case} size == {length} and value[MARKS] == {marks!r}{ends}{no_24}:"
        yield "        parsed_datetime(value)"
        if end != "Z":
            # It is the only one: all others are marks or digits by now.
            yield f"        record.{member} = value.replace('Z', {end!r})"
        case = "elif"
    yield f"    else: record.{member} = convert_{member}(value)"
    yield "elif value is not None and value is not UNSET:"
    yield f"    record.{member} = convert_{member}(value)"
