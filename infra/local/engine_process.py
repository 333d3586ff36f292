"""The engine's own process, started by `infra.engine`: ends with whoever started it, however that one ends.

The starter holds the other end of the standard input and never writes. When it is gone, even killed, the pipe closes,
and this process group, with all the workers that run functions, is ended.
"""

import logging
import os
import signal
import threading

_STANDARD_INPUT = 0


def main() -> None:
    threading.Thread(target=_end_with_starter, daemon=True).start()
    from ministack.app import main as serve

    # It would write each text and the number it goes to into its log.
    logging.getLogger("sns").setLevel(logging.WARNING)
    serve()


def _end_with_starter() -> None:
    # Not through `sys.stdin`, whose lock this thread would still hold when the interpreter ends.
    while os.read(_STANDARD_INPUT, 1):
        pass
    os.killpg(os.getpgrp(), signal.SIGKILL)


if __name__ == "__main__":
    main()
