"""Statistics: figures that are counted while facts are recorded, and that stay when the records leave."""
