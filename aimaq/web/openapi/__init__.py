"""The OpenAPI document of a service, and the page over it."""
