"""Tests of `config.resources`."""
