"""The electronic queue of the service centre."""
