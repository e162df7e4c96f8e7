"""What operators run: cases, dead letters, the clock, how the stand is."""
