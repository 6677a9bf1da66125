"""Tests of `completeness`."""
