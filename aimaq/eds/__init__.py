"""People's electronic signatures (ЭЦҚ): certificates, signatures over documents, revocation, and the verdict.

`der` reads the encoding, `certificates` and `trust` say whose a certificate is and whether it was issued here, `signer`
makes signatures and `cms` takes them apart, with `attributes`. `revocation` has the list of what was withdrawn, `ocsp`
and `answers` the responder's word on one certificate, both as a `status`. `stamp` and `stamper` are the time stamps of
signatures. `verdict` puts it all together: every `finding`.
"""
