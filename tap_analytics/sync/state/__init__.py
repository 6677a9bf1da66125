"""What the state keeps from run to run.

- `sync_window`: which part of a stream is to be read.
- `bookmark`: where a sync starts, which records it sends on, and where the next one may start, no
  later than its `ceiling`; `time_step`: how coarse its times are; `replication_values` are those
  of a page, and `value_order` says in which order they lie where they are no date-times, `epochs`
  which numbers are times, and `epoch_unit` in which unit those of a field count it.
- `bookmark_in_state` reads a bookmark from the state and moves it there; `checkpoints`: as far as a
  reading has come while it goes on.
- `parent_parts`: which part of a child's state belongs to which of its parents.
- `start_values`: in which form an API is asked for what changed since a bookmark.
- `failed_ways`: ways of reading that an API does not allow; `known_warnings`: what the log has had
  once.
- `state_writer` writes STATE messages.
"""
