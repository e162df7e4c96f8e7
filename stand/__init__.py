"""What people run: the stand of five services, its broker, its flows and its measurements."""
