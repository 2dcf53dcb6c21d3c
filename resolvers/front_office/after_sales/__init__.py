"""After-sales at work."""
