"""What clients see of after-sales."""
