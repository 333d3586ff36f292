"""Conversations: people write to the Official Account, and get an answer."""
