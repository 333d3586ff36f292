"""Our web framework: it takes requests apart and shapes answers. It knows no service."""
