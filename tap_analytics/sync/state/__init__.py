"""What the state keeps from run to run.

- `bookmark`: where a sync starts, which records it sends on, and where the next one may start;
  `bookmark_in_state` reads one from the state and moves it there; `checkpoints`: as far as a
  reading has settled; `value_order`: in which order values lie that are no date-times.
- `start_values`: in which form an API is asked for what changed since a bookmark.
- `failed_ways`: ways of reading that an API does not allow; `known_warnings`: what the log has had
  once.
- `state_writer` writes STATE messages.
"""
