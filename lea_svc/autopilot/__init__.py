"""Officials without staff: they do at once what is due, and sign."""
