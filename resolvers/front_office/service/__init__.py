"""Customer service at work."""
