"""Accounts: who works here, how they sign in, and whom a bearer token stands for."""
