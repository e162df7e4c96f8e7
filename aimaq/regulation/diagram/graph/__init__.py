"""A flow as a graph, and the graph cut into pools."""
