"""Records on their way out: they fit their schema, which may be inferred, and become JSON.

- `Conformer` (`conform`, with `scalars`) makes records fit their schema; `kinds`: the types that
  one allows.
- `utc_instant` and `is_datetime` (`datetimes`) say what a date-time is, `written_datetimes` in
  which forms one may be written; `start_format`: in which form an API is asked for one.
- `ADDITIONAL_PROPERTIES` and `ROW_HASH` (`added_fields`) are the fields that no API sends.
- `NonConforming` (`non_conforming`) is what is said of a value that its field cannot hold;
  `InvalidValueError` is the error where the stream is to fail for one.
- `shown` and `listed` (`names`) tell names and values from outside; `plain_lines`: what is shown is
  text on one line.
- `typed` reads the records that fit into their stream's own class, in half the time.
- `keys`: what a record is known by, and in what form that came.
- `JSON` (`json`) is the type of any decoded value; `json_paths`: what a JSONPath may find in one.
- `tap_analytics.records.encoding` writes a record as JSON; `tap_analytics.records.inference` makes
  a schema from sample records (`genson_types`), and is loaded only where one is missing.
"""

from __future__ import annotations

from tap_analytics.records.added_fields import ADDITIONAL_PROPERTIES, ROW_HASH
from tap_analytics.records.conform import Conformer
from tap_analytics.records.datetimes import is_datetime, utc_instant
from tap_analytics.records.json import JSON
from tap_analytics.records.names import listed, shown
from tap_analytics.records.non_conforming import InvalidValueError, NonConforming

__all__ = [
    "ADDITIONAL_PROPERTIES",
    "JSON",
    "ROW_HASH",
    "Conformer",
    "InvalidValueError",
    "NonConforming",
    "is_datetime",
    "listed",
    "shown",
    "utc_instant",
]
