"""The pack of bad signatures for testers: documents, signatures, and what a verifier has to find in each.

craft     builds signatures that no honest signer would make
world     an authority of its own and people certified by it
entries   what is wrong with each, and how it is made
pack      the pack on disk, with its manifest
command   `aimaq signatures`
"""
