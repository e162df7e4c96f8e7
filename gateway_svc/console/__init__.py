"""The operators' console: pages at `/console` in three languages, with real data and no script that they need.

A page is a module of `gateway_svc.console.pages` with its `router`, and a template of `templates`.
"""
