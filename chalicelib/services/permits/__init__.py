"""Permits: standing passes for people who cross again and again, from the request to each crossing."""
