"""The TLS context of this process: which certificates are trusted."""

import os
import ssl
from functools import cache


@cache
def context() -> ssl.SSLContext:
    """All connections share it: loading the list of authorities takes as long as twenty requests.

    The list is the system's, or the file that `AWS_CA_BUNDLE` names, as botocore has it.
    """
    return ssl.create_default_context(cafile=os.environ.get("AWS_CA_BUNDLE"))
