"""Logistics: what lies where, and what leaves the house."""
