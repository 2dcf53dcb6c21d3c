"""What clients see of what runs between the offices."""
