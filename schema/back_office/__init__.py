"""What clients see of the back office."""
