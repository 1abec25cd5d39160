"""The sections on failures, and on where and with what methods the runs were made."""

from collections.abc import Mapping, Sequence

from reports.display.view import MethodNote, Section, present
from reports.input.context import Context
from reports.input.runs import Run
from reports.provenance.table import environment_table, failure_table


def failures_section(context: Context, failures: Sequence[Run]) -> Section:
    """Show the runs that did not finish, with the budget where a study has several."""
    several = len(context.plan.budgets) > 1
    table = failure_table(failures, budgets=several)
    return Section("failures", "Failures", tables=present(table))


def reading_section(read_as: tuple[tuple[str, str], ...]) -> Section:
    """Say what the columns of somebody's table were taken for."""
    return Section("reading", "How the table was read", items=read_as)


def environment_section(environment: Mapping[str, str]) -> Section:
    """Show machine and versions."""
    tables = (environment_table(environment),) if environment else ()
    return Section("environment", "Environment", tables=tables)


def methods_section(methods: Sequence[MethodNote]) -> Section:
    """Show every method as it was run."""
    return Section("methods", "Methods as run", methods=tuple(methods))
