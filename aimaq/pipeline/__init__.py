"""How a batch of cases is committed: inbox, writer, outbox, and what the writer remembers."""
