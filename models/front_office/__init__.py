"""What is true in the front office, where customers are met."""
