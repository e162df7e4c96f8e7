"""One case as operators see it: how far it has come, its terms, its messages with the verdict on each signature."""
