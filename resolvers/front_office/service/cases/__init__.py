"""Major cases: opened, filled, answered once, and their answer confirmed complaint by complaint."""
