"""What happens in the front office."""
