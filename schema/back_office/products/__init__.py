"""What clients see of product development."""
