"""The same declaration, handled by others: each module has a `handler(event, context)` as Lambda would call it."""
