"""Handoffs: claimed, released, answered and refused by the department; withdrawn, accepted and rejected by the front office."""
