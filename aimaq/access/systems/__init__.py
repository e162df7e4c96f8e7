"""The certificates of the information systems: whose they are as the registry publishes it, and how a key is replaced.

    roster            whose certificates are whose, and which of them are withdrawn
    registry_client   the registry as a service asks it
    follower          keeps what a service knows current
    rotation          gives a running service a new key

What holds of them, and how a revocation counts at once, is decision 13 of `docs/adr`.
"""
