"""Pieces of sentences: lists, counts, equations."""

import re
from collections.abc import Sequence

from reports.input.context import Context

UNSEEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""Control characters but tab and newline, what reverses the direction of writing, and surrogates,
which stand for bytes of a name that is no UTF-8."""


def visible(text: str) -> str:
    """Escape what cannot be seen and changes how the rest is shown."""
    return UNSEEN.sub(lambda found: ascii(found[0])[1:-1], text)


def equation(name: str, value: int) -> str:
    """`n = 6`, kept on one line."""
    return f"{name}\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}{value}"


def join(parts: Sequence[str]) -> str:
    """Join words as in `a, b and c`."""
    return " and ".join([*([", ".join(parts[:-1])] if parts[:-1] else []), *parts[-1:]])


def counted(count: int, noun: str) -> str:
    """`1 run`, `2 runs`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def with_unit(name: str, symbol: str) -> str:
    """`peak memory (MiB)`, or the name alone of what has no unit."""
    return f"{name} ({symbol})" if symbol else name


def confidence_words(context: Context) -> str:
    """`95 %`: the confidence of every interval on the page."""
    return f"{100 * context.plan.confidence:g} %"
