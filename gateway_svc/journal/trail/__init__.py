"""The trail of those who administer the gateway: entries of the chained journal, and the search for them."""
