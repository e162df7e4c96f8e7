"""The portal: the web portal of e-government (ЭҮП), where a citizen asks for a service and gets the result.

in     all that `aimaq.casework.procedure.tracking` names
out    RequestSubmitted                                  to the executive body
       RegistryAsked, RegistryUpdated                    to the registry
       ResultDelivered, CaseClosed                       to the gateway
"""
