"""People's electronic signatures (ЭЦҚ): certificates, signatures over documents, revocation, and the verdict.

asn1         the encoding, and the names of algorithms and attributes in it
x509         whose a certificate is, and whether it was issued here
cms          signatures over documents: made, taken apart, several people's put into one
revocation   what was withdrawn: lists, and the responder's word on one certificate
timestamp    the time stamps of signatures
pades        signatures inside a PDF
verdict      puts everything together: every one of the `findings`
"""
