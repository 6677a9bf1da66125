"""The ways of reading a stream: which fits, how it is done, and whether it has come to the end.

The package `completeness` says what proves a reading; this one sends its questions.

- `stream_reading`: one stream read in the way that fits, in another where that shows nothing.
- `ways_of_reading`: which way fits a stream; `base_page`: the first page's number, where nobody
  says it; `start_form`: how an API writes its times; `epoch_start`: where a
  first run begins whose replication key is a number; `since_filter`: whether a filter goes back as
  far as it is asked to; `filter_shift`: whether a `lookback` is longer than what it is late by;
  `filter_field`: whether it compares another field.
- `single_pass` drives keyset reading and windows, `counting_passes` reads by pages; `intake`:
  what both work with.
- `reading_end`: how a reading ended; `end_check` holds that against the signs of more, `full_page`
  asks whether an only page may be full, `params_as_filters` what an API takes for a filter, and
  `offset_unit` whether offsets count records; `cut_range`: whether the API says that it has cut the
  range of times that it was asked for; `page_borders`: what may have been left out between
  two pages, and `page_overlap` whether that cannot be, as they overlap.
"""
