"""The messages of the journal as records of operational monitoring: listed in pages, and pushed as they come."""
