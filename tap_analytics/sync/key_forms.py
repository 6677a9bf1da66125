"""Keys that differ in the source, and are one in the output: a target keeps one of their records.

Where a field has one type and its values came in several, `7` and `"7"` leave as one key. As long
as all keys come in one form none becomes another's, and nothing of them needs to be remembered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_analytics.records.keys import key_form
from tap_analytics.records.names import listed, several

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_analytics.records.json import JSON
    from tap_analytics.records.keys import Form

MOST_REMEMBERED = 20_000
"""The most keys in another form that are remembered: some 3 MB."""

MIXED_KEYS = "its keys come in several forms, which may be one key in the output"


class KeyForms:
    """Observes the keys of one stream, page by page."""

    def __init__(self) -> None:
        """Await records whose key is written otherwise than it came, and pages."""
        self._merged: dict[str, None] = {}
        self._page: dict[int, str] = {}
        """Of the page at hand the records whose key came in another form, and what it was."""
        self._origins: dict[int, int] = {}
        """Of each such key a hash of what it was."""
        self._forms: set[Form] = set()
        self._too_many = False
        self.missed = False
        """Whether the first of them came behind pages of usual keys, which are not remembered."""

    def came(self, number: int, rewritten: Sequence[tuple[str, JSON, JSON]]) -> None:
        """Take in the key of a record.

        Args:
            number: Which record of its page it is.
            rewritten: Fields of its key: the name, what came, and what leaves.
        """
        forms: set[Form] = {key_form(came, left) for _, came, left in rewritten} - {"as it is"}
        if forms:
            self._forms |= forms
            self._page[number] = repr([came for _, came, _ in rewritten])

    def page(self, hashes: Sequence[int], texts: Sequence[object]) -> None:
        """Hold the keys of a page against those before.

        Args:
            hashes: Of each record of the page a hash of its key.
            texts: Of each its key as it leaves, for the sentence.
        """
        came, self._page = self._page, {}
        self.missed |= bool(came) and "as it is" in self._forms and not self._origins
        for number, text in came.items():
            key, origin = hashes[number], hash(text)
            if self._origins.get(key, origin) != origin:
                self._merge(texts[number])
            elif len(self._origins) < MOST_REMEMBERED or key in self._origins:
                self._origins[key] = origin
            else:
                self._too_many = True
        if len(came) == len(hashes):
            return
        self._forms.add("as it is")
        if self._origins and not self._origins.keys().isdisjoint(hashes):
            for number, key in enumerate(hashes):
                if key in self._origins and number not in came:
                    self._merge(texts[number])

    def _merge(self, key: object) -> None:
        self._merged[", ".join(key) if isinstance(key, tuple) else str(key)] = None

    def begin(self) -> None:
        """All keys come once more: those in another form are remembered by now."""
        self.missed = False

    def sentences(self) -> list[str]:
        """What was found, for the verdict."""
        found = []
        if count := len(self._merged):
            which = "is one key" if count == 1 else "are one key each"
            found.append(
                f"{several(count, 'key')} of the output {which} for records whose keys differ in "
                f"the source ({listed([*self._merged])}): a target keeps one of them"
            )
        if self._too_many and (len(self._forms) > 1 or "odd" in self._forms):
            found.append(f"{MIXED_KEYS}, and too many to compare")
        return found
