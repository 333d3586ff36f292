"""The gate: what staff do with what is on record."""
