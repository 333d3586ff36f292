"""Schemathesis asks the API everything that the document allows, and everything that it does not."""
