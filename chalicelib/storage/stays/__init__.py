"""Stays: people who were admitted and are watched, each expected by one commune."""
