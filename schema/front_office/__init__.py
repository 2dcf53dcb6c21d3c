"""What clients see of the front office."""
