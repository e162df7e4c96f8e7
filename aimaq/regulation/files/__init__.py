"""A regulation as a YAML file: read with its lines, and built into the model."""
