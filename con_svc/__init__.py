"""The service centre's system (ХҚКО АЖ; State Corporation): an operator makes the request for the person who came.

in     RequestRegistered, StatusChanged, ResultIssued    from the executive body, through the gateway
       StatusChanged                                     from the gateway: what it tells the centre of other channels
       RegistryAnswered, MessageRejected
out    RequestSubmitted                                  to the executive body
       ResultDelivered, CaseClosed                       to the gateway
"""
