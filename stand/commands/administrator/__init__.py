"""What the administrator of a stand runs: the authority, keys, people."""
