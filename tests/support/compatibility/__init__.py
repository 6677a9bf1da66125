"""Configurations in dlt's form, run through the tap and through dlt against one server."""
