"""What clients see of logistics."""
