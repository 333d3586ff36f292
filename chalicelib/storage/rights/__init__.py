"""Rights: what a person may ask about what is held of them: a copy of it, and that it is erased."""
