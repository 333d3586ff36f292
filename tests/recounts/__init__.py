"""Contacts, counted again: by plain code, from nothing but the exposures."""
