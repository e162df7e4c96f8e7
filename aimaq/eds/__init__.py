"""People's electronic signatures (ЭЦҚ): certificates, signatures over documents, revocation, and the verdict.

`der` reads the encoding, `certificates` and `trust` say whose a certificate is and whether it was issued here, `signer`
makes signatures and `cms` takes them apart, with `container`, `content` and `attributes`; `joint` puts several
people's into one. `revocation` has the list of what was withdrawn, `ocsp` and `answers` the responder's word on one
certificate, both as a `status`. `stamp` and `stamper` are the time stamps of signatures. `verdict` puts everything
together: every `finding`.
"""
