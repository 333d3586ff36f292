"""Staff: who they are, what they may see, where they are posted, and the checkpoints."""
