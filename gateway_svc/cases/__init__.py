"""The cases that the gateway knows: what it keeps of each to be found by, the search, the deadlines."""
