"""The section on the machines of a study that several made."""

from collections.abc import Sequence

from reports.display.view import Section, present
from reports.nodes.estimates import NodeTime
from reports.nodes.table import node_table


def nodes_section(nodes: Sequence[NodeTime]) -> Section:
    """Show how fast each machine was."""
    return Section("machines", "Machines", tables=present(node_table(nodes)))
