"""What the state of accounts allows."""
