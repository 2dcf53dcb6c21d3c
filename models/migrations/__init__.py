"""How the tables came to be, step by step. Committed, applied in order, never edited after release."""
