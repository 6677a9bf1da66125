"""The sandbox itself: it speaks both APIs, edits while it serves, and fails as it is told."""
