"""How a command says that it cannot go on."""

import sys
from collections.abc import Callable

EXIT_INTERRUPTED = 130
"""What shells use for a program that was ended by Ctrl-C."""


class CannotGoOn(Exception):
    """Something whoever ran the command must know or do. The text is the whole message: no traceback is shown."""


def exit_code(command: Callable[[], None]) -> int:
    """Run a command; what it could not do goes to the standard error. Returns the exit code: 0, 1 or 130."""
    try:
        command()
    except CannotGoOn as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return EXIT_INTERRUPTED
    return 0
