"""The portal: the web portal of e-government (ЭҮП), where a citizen asks for a service and gets the result.

in     RequestRegistered, StatusChanged, ResultIssued    from the executive body, through the gateway
       RegistryAnswered, MessageRejected
out    RequestSubmitted                                  to the executive body
       CaseClosed                                        to the gateway, when a case ends before it is sent
"""
