"""The certificates of the parties' systems: issued, published as a roster, and read over HTTP."""
