"""Outside systems and formats, one a file."""
