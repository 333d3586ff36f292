"""Engines that are not the local one: docs/engines.md."""
