"""Waiting for conditions, never for time."""

import select
import time

TRANSIENT = (ConnectionError, TimeoutError, OSError)


def pause(seconds):
    """The time between two looks at a condition."""
    select.select([], [], [], seconds)


def until(what, condition, seconds=30, story=None, every=0.01, ignoring=TRANSIENT):
    """Waits until condition() is true and returns its value. A failure says what was waited for,
    what was seen last, and the story (a function) of the server."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            seen = condition()
            if seen:
                return seen
        except ignoring as error:
            seen = error
        if time.monotonic() > deadline:
            told = f"\n{story()}" if story else ""
            raise AssertionError(f"waited {seconds} s in vain: {what}\nlast seen: {seen!r}{told}")
        pause(every)
