"""People who do not exist: names, places, and whole populations for the registers."""
