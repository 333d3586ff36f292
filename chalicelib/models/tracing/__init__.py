"""Tracing: exposures, by which people are found again."""
