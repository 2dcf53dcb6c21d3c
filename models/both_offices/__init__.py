"""What runs between the offices."""
