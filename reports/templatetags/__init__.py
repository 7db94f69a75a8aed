"""How numbers are written in pages of several apps."""
