"""Clocks that differ."""

from datetime import timedelta

CLOCK_TOLERANCE = timedelta(seconds=60)
"""A device's clock may differ from ours by this much. A form's arrival time has whole minutes: now may lie up to one in
the past."""
