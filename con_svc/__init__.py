"""The service centre's system (ХҚКО АЖ; State Corporation): an operator makes the request for the person who came.

in     all that `aimaq.casework.procedure.tracking` names
       StatusChanged                                     from the gateway: what it tells the centre of other channels
out    RequestSubmitted                                  to the executive body
       RegistryAsked                                     to the registry
       ResultDelivered, CaseClosed                       to the gateway
"""
