"""The chained journal of every message: entries, chain, blocks, proofs, and the audit of it."""
