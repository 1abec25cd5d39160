"""The answer of a study on the terminal, after its runs or its report."""

import io
import shutil

from bench.console import Console
from bench.records import frame
from bench.records.store import RecordStore
from noprop_core.errors import UserError
from reports.display.answer import Answer
from reports.formats.terminal import printable
from reports.input.plan import Plan
from reports.input.validation import FrameError
from reports.page.answer import answer_alone

WIDEST = 120
"""Columns; a wider terminal is not filled, for the sake of the eye."""


def show_answer(answer: Answer | None) -> None:
    """Print the matrix and the sentences; nothing where nothing is compared.

    Colours only where the terminal has them and NO_COLOR does not forbid them.
    """
    if answer is not None:
        width = min(WIDEST, shutil.get_terminal_size((100, 40)).columns)
        Console(width=width, highlight=False, markup=False).print(printable(answer))


def answer_text(store: RecordStore, width: int, *, colours: bool) -> str:
    """Return what is answered by now, as `show_answer` prints it to a terminal of that width."""
    found, text = answer_in(store), io.StringIO()
    if found is not None:
        columns = min(WIDEST, width)
        Console(
            file=text, width=columns, force_terminal=colours, highlight=False, markup=False
        ).print(printable(found))
    return text.getvalue()


def answer_in(store: RecordStore) -> Answer | None:
    """Return what the records in a study's folder answer by now, if anything."""
    try:
        records, study = store.load(), store.load_study()
        runs, epochs = frame.runs_frame(records, study), frame.epochs_frame(records)
        return answer_alone(
            runs,
            epochs,
            Plan.of(
                study, study.name, study.description, study.budget.labels_on(study.train_images)
            ),
        )
    except (UserError, FrameError):  # the report says what is wrong; the runs are done
        return None
