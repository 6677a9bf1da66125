"""The command `check`: tries a configuration with one page of each stream, and says what runs cost.

`model` simulates a quiet run without any request: the ways of reading choose their questions
without I/O, so a made-up table can respond to them. `checks` goes through the settings and
the streams, `stream_check` asks the API, `findings` is what was found, `command` prints it.
"""
