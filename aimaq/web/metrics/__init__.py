"""`GET /metrics`: what a service counted and measured, and what it finds as it is asked, for Prometheus to scrape."""
