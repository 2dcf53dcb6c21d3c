"""What happens: the use cases, one async function each, and what they stand on."""
