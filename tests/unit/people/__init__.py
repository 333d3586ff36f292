"""People: who they are, how they are, where they live and travel."""
