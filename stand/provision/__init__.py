"""What a stand needs before it starts: keys, databases, the broker and its users."""
