"""Logistics at work."""
