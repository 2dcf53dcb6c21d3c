"""What every use case stands on: loading, input errors, state machines, transactions, numbers."""
