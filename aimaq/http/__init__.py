"""HTTP as a client: httpx everywhere, made in one place (`client`), over connections of our own (`transport`)."""
