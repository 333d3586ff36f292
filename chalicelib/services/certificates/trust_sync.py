"""Give a gate's device the trust list: all of it once, and then what changed."""

import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from chalicelib.models.certificates.trusted_keys import KeyName, TrustedKey
from chalicelib.services.certificates.ports import TrustedKeys
from chalicelib.services.ports import Clock

OVERLAP = timedelta(seconds=60)
"""How far a device reads back behind its last sync. A change is noted before it is made, and is made within the time
limit of a function; the rest is for clocks that differ. To read a change twice is harmless: what is sent is the key as
it is listed now."""

_WRITTEN = re.compile(r"\d{9,11}", re.ASCII)


class SyncedKeys(NamedTuple):
    """What is new. If `complete`, these are all keys, and they replace what the device holds."""

    cursor: str
    complete: bool
    at: datetime
    keys: list[TrustedKey]
    """Listed or changed, by id and country."""
    removed: list[KeyName]


def sync_trusted_keys(cursor: str, *, trusted_keys: TrustedKeys, clock: Clock) -> SyncedKeys:
    """The changes since the device's cursor: one query, and a second one if there are some.

    A device gets everything if its cursor is malformed or in the future. A cursor does not age.
    """
    now = clock()
    new = str(int((now - OVERLAP).timestamp()))
    since = _read_until(cursor)
    if since is None or since > now:
        return SyncedKeys(new, True, now, sorted(trusted_keys.all(), key=lambda key: key.name), [])
    changed = trusted_keys.changed_since(since)
    # What is listed now counts, not what the change was: it may have failed, or another one may have followed.
    listed = {key.name: key for key in trusted_keys.all()} if changed else {}
    return SyncedKeys(
        cursor=new,
        complete=False,
        at=now,
        keys=[listed[name] for name in sorted(changed) if name in listed],
        removed=[name for name in sorted(changed) if name not in listed],
    )


def _read_until(cursor: str) -> datetime | None:
    return datetime.fromtimestamp(int(cursor), UTC) if _WRITTEN.fullmatch(cursor) else None
