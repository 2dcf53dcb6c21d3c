"""What every area's schema stands on: mutations, errors, scalars, events."""
