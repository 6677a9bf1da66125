"""The promises of the tap, one file for each."""
