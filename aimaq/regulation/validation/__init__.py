"""What may be wrong with a regulation: its shape by the JSON Schema, then the rules, by what they look at."""
