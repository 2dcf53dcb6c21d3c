"""Orders: drafted and priced with the customer, placed, amended, held and cancelled, and paid for."""
