"""What a picture of a pass costs."""

import time
from datetime import UTC, datetime, timedelta
from secrets import randbits
from statistics import median

_PICTURES = 30


def svg_ms() -> float:
    """CPU of one SVG of a token, in milliseconds."""
    from cryptography.hazmat.primitives.asymmetric import ec

    from chalicelib.adapters import qr
    from chalicelib.adapters.cose import SigningKey, sign
    from chalicelib.models.entry.codes import Code
    from chalicelib.models.entry.passes import PassClaims

    key, now = SigningKey(b"1234", ec.generate_private_key(ec.SECP256R1())), datetime.now(UTC)
    figures = []
    for _ in range(_PICTURES):
        code = Code.of(randbits(65), 0)
        claims = PassClaims(code, now, now + timedelta(hours=1), "NTH NHUNG", 1990, "70E112345", "25480")
        token = sign(claims, issuer="TN", key=key)
        started = time.process_time()
        qr.svg(token, 360)
        figures.append((time.process_time() - started) * 1000)
    return round(median(figures), 2)
