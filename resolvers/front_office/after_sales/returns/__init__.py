"""After-sales: what customers send back, the money they get back, and what is sent to them once more."""
