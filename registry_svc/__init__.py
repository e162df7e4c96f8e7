"""The state registries: registers of persons, legal entities and more, and the certification authority (ҰКО).

    in     RegistryAsked       from portal, service centre and body, through the gateway
           RegistryUpdated     from the same
           MessageRejected
    out    RegistryAnswered    to whoever asked

What the registers are is in `aimaq.regulation.model.registers`; the administrator seeds and changes their records over
HTTP. The authority issues and revokes people's certificates over HTTP and publishes the list of those revoked.
"""
