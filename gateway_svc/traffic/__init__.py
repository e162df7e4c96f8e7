"""The traffic of the gateway: what moves on which route, counted with the journal, and what is told of it."""
