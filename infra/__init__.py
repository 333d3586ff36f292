"""The stack around the functions, and what operates it."""
