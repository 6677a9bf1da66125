"""Whether a reading is complete, though the table changes while it is read. No I/O.

What is claimed. A reading of a stream is *proven* when every record that was there, unchanged,
from its first response to its last was sent. This is less than a snapshot, and enough: a record
that changes meanwhile gets a modification time that the bookmark does not pass, so the next run
reads it. Where there is no such next run, a target may delete what was not read
(`ACTIVATE_VERSION`) only if records that changed were sent too, in one of their versions.

Reading page 1, 2, 3, ... does not give this. A record that is deleted, or moves, shifts all behind
it by one place, and one of them skips from a page that is still to be read to one that was read.
There are three ways to read that notice or avoid it:

1. **Keyset** (`keyset.py`): in the order of the modification time, each question asks for what
   changed since the last record read. A response is one sorted selection of one moment, so it holds
   every record between the time that was asked for and its last one. Page numbers play no part.
   Needs a since filter and an order by modification time.
2. **Windows** (`windows.py`): in an order that unchanged records keep among each other, each page
   begins some records before the end of the one before. A record that both hold unchanged proves
   that none lies between: whatever stands before it was covered before, and whatever stands behind
   it is in this page or behind it. Needs a page size or an offset that the server heeds, and a
   fixed order.
3. **Counting passes** (`proof.py`): pages by number, in any order. If as many records came as were
   declared, and all of them were there when that was declared, these are all the records there
   were: a set that lies within another and is no smaller is the same set. Where nothing is
   declared, a second pass that finds every record of the first again fills every place before the
   last page. A pass that is not proven is read again.

The first two are proven in one pass whatever is edited. They do not trust a server's word that it
sorts: it is asked once for the opposite order, and every response is checked. Where it does not do
what the way of reading needs, the reading says so and the stream is read by counting passes.

What is assumed of the server: a response is a slice of one table at one moment, sorted before it
is cut; a key does not come back after its record was deleted; a modification time rises with every
change, and is late by no more than the margin. docs/completeness.md has each way's argument, its
costs, and what cannot be proven.

The files: `reading.py` is what a way of reading asks for and gets to see, `verdict.py` what it
amounts to, `instants.py` the times in it; `keyset.py`, `keyset_span.py`, `keyset_filter.py`,
`keyset_order.py`, `keyset_whole.py`, `keyset_border.py` and `keyset_errors.py` are keyset reading;
`windows.py` are windows, `window_places.py` where they may begin, `window_problems.py`,
`window_order.py` and `key_order.py` what is held against each, `opposite_end.py` the end of the
table, and `changes.py` windows over what changed; `proof.py` judges counting passes by what
`observed_pass.py`, `page_facts.py` and `ledger.py` note of a pass, of a page, and of a record (in
the buckets of `ledger_bucket.py`),
`earlier_pass.py` of the passes before, and `stretches.py` of all that was there when one response
was counted, `nested_proof.py` judges by the items whose lists hold the records, `equal_rows.py` has
rows that no key tells apart, and `pass_sentences.py` tells why a pass is not proven.
"""
