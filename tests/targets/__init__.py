"""What the targets do with what the tap sends them."""
