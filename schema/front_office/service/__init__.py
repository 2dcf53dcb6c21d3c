"""What clients see of customer service."""
