"""What clients see of sales."""
