"""The procedure of a case: the operations of the regulations, each once, and the messages they send."""
