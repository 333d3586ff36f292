"""The text of a gate's board, and what proves it."""

from datetime import datetime
from hmac import compare_digest

from chalicelib.models.entry.links import SECRET_BITS, secret_of
from chalicelib.models.gate.boards import LABEL, Board
from chalicelib.models.gate.errors import BoardOutdated, BoardWrong
from chalicelib.models.people.clocks import CLOCK_TOLERANCE
from chalicelib.services.ports import KeyedHash


def text_of(board: Board, keyed_hash: KeyedHash) -> str:
    """The text of its QR."""
    return board.text(_signature(board, keyed_hash))


def board_of(text: str, *, keyed_hash: KeyedHash, now: datetime) -> Board:
    """The board that shows this text now, or showed it in the five minutes before.

    Raises
    ------
    BoardWrong
        It is the text of no board of ours.
    BoardOutdated
        It was shown before that.
    """
    board, signature = Board.parse(text)
    # In constant time: the time of an answer must not lead to the signature, character by character.
    if not compare_digest(_signature(board, keyed_hash).encode(), signature.encode()):
        raise BoardWrong
    # Only we sign, so a text of the next step is of a function whose clock is ahead.
    if not board.begins_at - CLOCK_TOLERANCE <= now < board.ends_at:
        raise BoardOutdated
    return board


def _signature(board: Board, keyed_hash: KeyedHash) -> str:
    return secret_of(keyed_hash.bits(SECRET_BITS, LABEL, board.checkpoint, str(board.step)))
