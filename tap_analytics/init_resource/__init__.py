"""init_resource."""
