"""Every limit on the size of a page stands in one table."""

import re
from pathlib import Path

import reports

ROOT = Path(reports.__file__).parent
LIMIT = re.compile(r"^(?:MOST|LARGEST|FEW)_\w+(?:, \w+)* = ", re.MULTILINE)


def test_limits_stand_in_one_file() -> None:
    found = {
        str(path.relative_to(ROOT))
        for path in ROOT.rglob("*.py")
        if path.parent.name != "statistics" and LIMIT.search(path.read_text(encoding="utf-8"))
    }
    assert found == {"display/limits.py"}
