"""Complaints: received, handed off, answered, closed. Each verb is one transaction with its events."""
