"""Pieces of sentences: lists, counts, equations."""

import re
from collections.abc import Iterable, Sequence

from reports.input.context import Context

TO, FEW = "\N{EN DASH}", 3
"""Between the ends of a range, and so many levels are named one by one."""

NUMBER = re.compile(r"\d+(?:\.\d+)?")
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


def ranges(numbers: Iterable[int]) -> str:
    """Write whole numbers as ranges: `0–7, 9 and 11`."""
    runs: list[list[int]] = []
    for number in sorted(set(numbers)):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return join([str(low) if low == high else f"{low}{TO}{high}" for low, high in runs])


def spans(texts: Iterable[str]) -> list[str]:
    """Write texts that differ in one number alone as one: `others used 0.4–0.8 of 2 cores`."""
    alike: dict[str, list[tuple[str, ...]]] = {}
    for text in dict.fromkeys(texts):
        alike.setdefault(NUMBER.sub("\0", text), []).append(tuple(NUMBER.findall(text)))
    found = []
    for form, rows in alike.items():
        columns = [sorted(set(column), key=float) for column in zip(*rows, strict=True)]
        if sum(len(column) > 1 for column in columns) > 1:
            for row in rows:
                found.append(_filled(form, row))
            continue
        ends = (f"{c[0]}{TO}{c[-1]}" if len(c) > 1 else c[0] for c in columns)
        found.append(_filled(form, ends))
    return found


def _filled(form: str, numbers: Iterable[str]) -> str:
    rest = iter(numbers)
    return "".join(next(rest) if letter == "\0" else letter for letter in form)


def levels(numbers: Iterable[int]) -> str:
    """Write levels that grow in steps of their own: `2, 4`, or of many `2–64 (6 values)`."""
    found = sorted(set(numbers))
    if len(found) <= FEW:
        return ", ".join(map(str, found))
    return f"{found[0]}{TO}{found[-1]} ({len(found)} values)"


def counted(count: int, noun: str) -> str:
    """`1 run`, `2 runs`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def with_unit(name: str, symbol: str) -> str:
    """`peak memory (MiB)`, or the name alone of what has no unit."""
    return f"{name} ({symbol})" if symbol else name


def confidence_words(context: Context) -> str:
    """`95 %`: the confidence of every interval on the page."""
    return f"{100 * context.plan.confidence:g} %"
