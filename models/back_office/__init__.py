"""What is true in the back office, which never meets a customer."""
