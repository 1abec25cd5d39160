"""CSV that a spreadsheet takes for data: no text in it is a formula."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula, a call to another program among them."""


def plain(value: object) -> object:
    """Return text that would be taken for a formula with an apostrophe before it."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def as_text(frame: "pd.DataFrame") -> "pd.DataFrame":
    """Return `frame` with its columns of text as `plain` text; numbers keep their signs."""
    texts = [name for name in frame.columns if frame[name].dtype.kind not in "biufcmM"]
    return frame.assign(**{name: frame[name].map(plain) for name in texts})
