"""What every REST endpoint shares: tokens, errors, and which trials a call reaches."""
