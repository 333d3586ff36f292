"""The engine's own process, started by `infra.local.engine`. It ends with the process that started it.

The starter holds the other end of the standard input and never writes. When the starter ends, even when it is killed,
the pipe closes, and this process group ends, with all the workers that run functions.
"""

import logging
import os
import signal
import threading

from infra.local.one_origin import one_origin
from infra.local.pages import closed_to_pages

_STANDARD_INPUT = 0


def main() -> None:
    threading.Thread(target=_end_with_starter, daemon=True).start()
    from ministack import app as engine

    # This logger would write each SMS and its phone number into the log.
    logging.getLogger("sns").setLevel(logging.WARNING)
    engine.app = one_origin(engine.app, closed_to_pages(engine.app))
    engine.main()


def _end_with_starter() -> None:
    # Not through `sys.stdin`: this thread would still hold its lock when the interpreter ends.
    while os.read(_STANDARD_INPUT, 1):
        pass
    os.killpg(os.getpgrp(), signal.SIGKILL)


if __name__ == "__main__":
    main()
