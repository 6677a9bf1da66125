"""One run: streams are read in the way that fits, their records sent, their bookmarks moved.

From the outside in:

- `stream`: `SingerStream`, all that is used or replaced of the SDK's, over `resource`, what a
  resource declares of itself; `message_writer`, `state_writer` and `metrics` write its messages.
- `run`: `RunContext`, what all streams of a run share; `report`: what a run did, with `report_file`
  and `report_lines`; `progress`: how far it is; `notices`: what an API announces.
- `ahead`: the first pages of the streams that come next, asked for in time.
- `stream_sync`: `StreamSync`, one stream from its bookmark to the verdict.
- `ways_of_reading`: which way fits a stream; `single_pass` drives keyset reading and windows,
  `counting_passes` reads by pages, `end_check` holds how a reading ended (`reading_end`) against
  the signs of more; `since_filter`: whether a filter goes back as far as it is asked to.
- `intake`: fetches pages and sends their records on; `record_pipeline`: a record's way; `losses`:
  what of it is not in the output; `kept_values`: what of it stands elsewhere in the output.
- `verdicts_of_children`: what a stream's verdict means for its children.
- `bookmark`, `bookmark_in_state`, `start_values`, `base_page`, `failed_ways`, `told_sentences`:
  what the state keeps from run to run; `first_start`: where a run begins that has none.

Loads the SDK, and nothing that a run with nothing new could do without.
"""
