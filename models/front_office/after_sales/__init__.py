"""After-sales: what customers send back, and what they get for it."""
