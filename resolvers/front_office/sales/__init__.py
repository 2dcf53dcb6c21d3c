"""Sales at work."""
