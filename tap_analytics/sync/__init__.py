"""One run: streams are read in the way that fits, their records sent, their bookmarks moved.

From the outside in:

- `stream`: `SingerStream`, all that is used or replaced of the SDK's; `message_writer`, its writer.
- `run`: `RunContext`, what all streams of a run share; `report`: what a run did.
- `stream_sync`: `StreamSync`, one stream from its bookmark to the verdict.
- `ways_of_reading`: which way fits a stream; `single_pass` drives keyset reading and windows,
  `counting_passes` reads by pages, `ending` holds the end of a reading against the signs of more.
- `intake`: fetches pages and sends their records on; `record_pipeline`: a record's way; `losses`:
  what of it is not in the output.
- `bookmark`, `bookmark_in_state`, `start_values`, `base_page`: what the state keeps from run to
  run.

Loads the SDK, and nothing that a run with nothing new could do without.
"""
