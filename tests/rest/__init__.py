"""Tests of `rest`."""
