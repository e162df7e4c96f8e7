"""The local executive body's system (ЖАО АЖ): its officials take in requests, decide them and sign the answer.

in     RequestSubmitted                                  from portal and service centre, through the gateway
       RegistryAnswered, MessageRejected
out    RequestRegistered, StatusChanged, ResultIssued    to where the request came from
       CaseClosed                                        to the same, where a case ends without a result
       RegistryAsked, RegistryUpdated                    to the registry
       ResultDelivered, CaseClosed                       to the gateway, for requests made at the body's own office
"""
