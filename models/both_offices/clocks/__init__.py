"""Clocks: policies, deadlines, and how working time is counted."""
