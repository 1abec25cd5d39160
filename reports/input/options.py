"""Options of a method, as the column `options` has them: nested, as JSON."""

import json


def flat(text: str) -> dict[str, object]:
    """Return nested options under dotted names; raises ValueError for what is no JSON."""
    found: dict[str, object] = {}

    def enter(prefix: str, value: object) -> None:
        if isinstance(value, dict):
            for name, inner in value.items():
                enter(f"{prefix}.{name}" if prefix else str(name), inner)
        else:
            found[prefix] = value

    enter("", json.loads(text))
    return found
