"""The fields that the tap adds to records. No API sends them."""

from __future__ import annotations

ADDITIONAL_PROPERTIES = "additional_properties"
"""An object with the fields that the schema does not know."""

ROW_HASH = "_row_hash"
"""The key of a record that has none of its own: a hash of its contents."""
