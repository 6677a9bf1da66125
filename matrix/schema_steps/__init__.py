"""Programs that ask a target which columns it would create, without a connection to anything."""
