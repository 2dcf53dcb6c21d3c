"""Inventory: moves of stock, what is promised of it, counts, and what tells that more must be bought."""
