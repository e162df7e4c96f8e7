"""Where everything stands on the page, and which way the arrows go."""
