"""What NCANode does, version 3: a service of its user's own that signs with keys it is sent, and checks signatures.

Here it is a part of a test stand, so that a client of NCANode needs nothing but another address. Its shapes are in the
conventions of the field; where it differs, `docs/guide-testers.md` says so. Nothing of a key or a password is kept, or
written to a log.

shapes      what comes in and goes out
refusal     what cannot be done, and how it is told
encoding    base64 and PEM, as clients write them
keys        PKCS#12 files, opened within bounds; opener is the program that does it
passport    what is reported of a certificate, and whether it counts
signing     signatures made
verifying   signatures checked and taken apart
"""
