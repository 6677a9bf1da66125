"""What the project tells the places where it is published."""
