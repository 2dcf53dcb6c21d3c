"""Improvements: proposed from complaints, planned, made, watched, and judged by what the figures say."""
