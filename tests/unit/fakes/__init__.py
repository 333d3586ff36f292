"""Collaborators in memory, by capability. They behave like the real ones, and fail on request."""
