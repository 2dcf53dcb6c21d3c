"""Products: added, described, priced, put on sale and withdrawn; and their categories."""
