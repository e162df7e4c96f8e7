"""The gateway (ЭҮАШ, ЭҮШ): every message between two systems passes here, is verified, journalled and routed.

in     every message of every other system
out    the same bytes with the same signature, to the recipient
       StatusChanged      to whom the regulation has told beside the recipient
       MessageRejected    to the sender of a message that may not pass
"""
