"""The section on learning curves."""

from collections.abc import Sequence

from reports.curves.estimates import CurveGroup
from reports.curves.figure import curve_pictures
from reports.display.selection import Selection
from reports.display.view import Section
from reports.input.context import Context


def curves_section(context: Context, curves: Sequence[CurveGroup], selection: Selection) -> Section:
    """Accuracy over training time."""
    pictures = curve_pictures(context, curves, selection)
    return Section("curves", "Accuracy over training time", pictures=pictures)
