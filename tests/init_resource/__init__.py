"""Tests of `init_resource`."""
