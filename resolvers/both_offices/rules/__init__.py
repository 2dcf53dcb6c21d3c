"""Rules: saved by managers as data, applied to what happens in the transaction in which it happens, and tried on the past."""
