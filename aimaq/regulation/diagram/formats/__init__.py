"""A diagram as a file: BPMN 2.0 and Mermaid."""
