"""The certification authority (ҰКО): it issues and withdraws certificates, and says which count."""
