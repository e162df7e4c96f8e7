"""What a request brings: its caller's address, its parameters and preferences, and what is wrong with its shape."""
