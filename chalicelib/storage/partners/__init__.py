"""Partners: apps that declare with a key of their own, and get webhooks about their passes."""
