"""Pictures of a QR code, from the module matrix that `qrcode` makes."""

from collections.abc import Sequence
from functools import lru_cache
from io import BytesIO

QUIET_ZONE = 4
"""Modules of white around the code (ISO/IEC 18004)."""

_ALPHANUMERIC = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")


@lru_cache(maxsize=256)
def modules(text: str) -> tuple[tuple[bool, ...], ...]:
    """The dark modules of a QR code at level M, without quiet zone, row by row.

    `text` is ASCII. Our tokens have only characters of the alphanumeric mode.
    """
    import qrcode
    from qrcode.util import MODE_8BIT_BYTE, MODE_ALPHA_NUM, QRData

    # A signature's bytes look random under every mask, so the eight trials that choose the best one find nothing.
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=0, mask_pattern=0)
    mode = MODE_ALPHA_NUM if _ALPHANUMERIC.issuperset(text) else MODE_8BIT_BYTE
    code.add_data(QRData(text.encode("ascii"), mode=mode, check_data=False), optimize=0)
    code.make(fit=True)
    return tuple(tuple(bool(module) for module in row) for row in code.get_matrix())


def svg(text: str, size: int) -> str:
    """The code as an SVG image of `size` pixels square, one path, quiet zone included."""
    matrix = modules(text)
    side = len(matrix) + 2 * QUIET_ZONE
    runs = "".join(
        f"M{start + QUIET_ZONE} {y + QUIET_ZONE}h{end - start}v1H{start + QUIET_ZONE}z"
        for y, row in enumerate(matrix)
        for start, end in dark_runs(row)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}" viewBox="0 0 {side} {side}" '
        f'shape-rendering="crispEdges" role="img" aria-label="QR"><path fill="#fff" d="M0 0h{side}v{side}H0z"/>'
        f'<path d="{runs}"/></svg>'
    )


def png(text: str, size: int) -> bytes:
    """The code as a PNG image, quiet zone included; `size` pixels square at most, whole pixels a module."""
    import png as pypng

    margin = (False,) * QUIET_ZONE
    rows = [(*margin, *row, *margin) for row in modules(text)]
    side = len(rows) + 2 * QUIET_ZONE
    scale = max(1, size // side)
    blank = [(False,) * side] * QUIET_ZONE
    # A row is packed once for all its lines. Given pixels, pypng looks at each: 5 ms.
    lines = [line for row in [*blank, *rows, *blank] for line in [_packed(row, scale)] * scale]
    file = BytesIO()
    pypng.Writer(side * scale, side * scale, greyscale=True, bitdepth=1).write_packed(file, lines)
    return file.getvalue()


def _packed(row: Sequence[bool], scale: int) -> bytes:
    """A line of pixels, `scale` a module, as PNG has it: eight in a byte from the left, white is 1."""
    bits = "".join(("0" if dark else "1") * scale for dark in row)
    size = (len(bits) + 7) // 8
    return int(bits.ljust(size * 8, "0"), 2).to_bytes(size, "big")


def dark_runs(row: tuple[bool, ...]) -> list[tuple[int, int]]:
    """Start and end of each run of dark modules."""
    edges = [x for x in range(len(row) + 1) if (x > 0 and row[x - 1]) != (x < len(row) and row[x])]
    return list(zip(edges[::2], edges[1::2], strict=True))
