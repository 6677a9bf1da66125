"""What the tap is measured against: each a program of its own, reading the same pages."""
