"""Sales: what customers order."""
