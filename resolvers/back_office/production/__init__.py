"""Production: bills of materials, the work orders that follow them, and the checks that their batches must pass."""
