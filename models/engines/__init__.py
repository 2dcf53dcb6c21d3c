"""Tortoise engines: the stock ones, with what they lack for a server that must not lose or block anything."""
