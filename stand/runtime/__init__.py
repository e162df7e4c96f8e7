"""Starting and running the services: in one process, or one process each."""
