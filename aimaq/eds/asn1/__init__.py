"""The encoding of certificates and signatures (ITU-T X.690), and the object identifiers in them."""
