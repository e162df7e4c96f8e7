"""What a regulation is, in frozen types: the act, its flows, the words it may use, the inner procedure."""
