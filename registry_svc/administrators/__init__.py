"""The accounts of those who administer the stand, and the sessions that the registry opens for them."""
