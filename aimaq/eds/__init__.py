"""People's electronic signatures (ЭЦҚ): certificates, signatures over documents, revocation, and the verdict.

`der` reads the encoding, `certificates` and `trust` say whose a certificate is and whether it was issued here, `cms`
makes and takes apart signatures, `revocation` knows what was withdrawn, and `verdict` puts it all together.
"""
