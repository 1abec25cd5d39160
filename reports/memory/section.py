"""The section on what memory is spent on."""

from collections.abc import Sequence

from reports.display.selection import Selection
from reports.display.view import Section, present
from reports.input.context import Context
from reports.memory.estimates import MemoryParts
from reports.memory.figure import memory_pictures
from reports.memory.table import memory_parts_table


def memory_section(
    context: Context, memory: Sequence[MemoryParts], selection: Selection
) -> Section:
    """Memory in parts."""
    return Section(
        "memory",
        "What memory is spent on",
        pictures=memory_pictures(context, memory, selection),
        tables=present(memory_parts_table(context, memory)),
    )
