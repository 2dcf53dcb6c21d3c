"""Product development at work."""
