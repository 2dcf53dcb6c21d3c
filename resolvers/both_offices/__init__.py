"""What runs between the offices, at work."""
