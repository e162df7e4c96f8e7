"""The state registries: the register of persons (ЖТ МДҚ) and the certification authority (ҰКО).

    in     RegistryAsked       from portal, service centre and body, through the gateway
           MessageRejected
    out    RegistryAnswered    to whoever asked

The authority issues and revokes people's certificates over HTTP and publishes the list of those revoked.
"""
