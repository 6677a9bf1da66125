"""All that can happen to small tables while they are read, played against the code of the tap."""
