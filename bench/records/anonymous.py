"""Records for everyone: what a failure says of the recording machine's folders is cut short.

`File "/home/me/noprop-bench/bench/run.py"` becomes `File ".../run.py"`. Nothing else of a record is
changed, and one without such a path stays as it is, byte for byte.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.records.store import digest_of, read_record
from noprop_core.errors import InvalidSetting

ABSOLUTE = re.compile(r"(?<![\w:/.~])(?:~|/[^/\s\"':,;()<>]+)(?:/[^/\s\"':,;()<>]+)*/")
"""The folders of an absolute path: an address on the web and a fraction are none."""
TOLD = ("failure", "traceback")
"""Entries of a record in which somebody else's words may name a file."""


def without_paths(text: str, source: Path) -> str:
    """Return a record's text without paths; raises `InvalidSetting` where one decides the run.

    Raises `InvalidInput` for what is no record.
    """
    read_record(source)
    content: dict[str, Any] = json.loads(text)
    cut = {name: ABSOLUTE.sub(".../", content.get(name, "")) for name in TOLD}
    if any(content.get(name, "") != short for name, short in cut.items()):
        content |= {name: short for name, short in cut.items() if name in content}
        if content.pop("digest", None) is not None:
            content["digest"] = digest_of(content)
        text = json.dumps(content, indent=1)  # as `RecordStore.save` does
    for where, value in _texts(content, ""):
        if found := ABSOLUTE.search(value):
            raise InvalidSetting(
                f"{source}: {where} names a folder of this machine, '{found[0]}', and is part of "
                "what was run; give the data set or method a name that others have too"
            )
    return text


def _texts(value: object, where: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _texts(inner, f"{where}.{name}".lstrip("."))
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner, where)
    elif isinstance(value, str):
        yield where, value
