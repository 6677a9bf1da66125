"""Resources by configuration: the settings `resources`, `resource_defaults` and `client`.

They have the form that dlt's REST source uses. `parse_resources` turns them into `Resource`
values, in which each thing is said in one way only, and finds everything that is wrong with them.
The package makes no request and knows no stream: it is handed the names of the built-in ones.

- `json_values`: the settings as they came; `defaults` merges `resource_defaults` into each entry,
  `normalization` makes one form of several, `client_block` and `auth_block` read those blocks,
  `hints` names what is only for dlt.
- `parsing`: from these to `model`, a `Resource`; `paginator_types`, `placeholders` and `jsonpaths`
  are parts of one.
- `validation`: rules that a JSON Schema cannot express; `plain_schema`: the usual ones, at a look.
"""

from __future__ import annotations

from tap_analytics.config.resources.model import (
    ErrorHandler,
    Incremental,
    Paginator,
    Resolve,
    Resource,
    ResponseAction,
)
from tap_analytics.config.resources.parsing import ParsedResources, parse_resources

__all__ = [
    "ErrorHandler",
    "Incremental",
    "Paginator",
    "ParsedResources",
    "Resolve",
    "Resource",
    "ResponseAction",
    "parse_resources",
]
