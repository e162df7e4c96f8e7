"""Signatures over documents: CMS (RFC 5652) in the form CAdES-BES or -T (ETSI EN 319 122-1), made and read."""
