"""Products: the catalogue, what is decided about them, and how they are improved."""
