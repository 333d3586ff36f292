"""Persons and what belongs to them: the ground floor. Every capability stands on it, and it knows none of them."""
