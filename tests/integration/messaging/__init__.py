"""Messaging: it delivers notices, and knows no capability that writes them."""
