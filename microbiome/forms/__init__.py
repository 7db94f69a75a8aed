"""What a person types about tubes."""
