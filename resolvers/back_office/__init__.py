"""What happens in the back office, which never meets a customer."""
