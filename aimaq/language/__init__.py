"""What two parties must agree on: errors, clock, identifiers, messages, the envelope and its signature."""
