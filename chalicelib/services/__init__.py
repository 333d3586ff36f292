"""Use cases, a verb each. Collaborators and the clock come as keyword arguments."""
