"""How a command says that it cannot go on."""


class CannotGoOn(Exception):
    """Something that the user must know or do. The text is the whole message: no traceback is shown."""
