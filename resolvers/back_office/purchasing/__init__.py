"""Purchasing: suppliers, what we order from them, who approves it, and what arrives of it."""
