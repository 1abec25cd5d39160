"""How a setting is named, in a sentence, in a title and in a table: only by what varies."""

from reports.display.table import (
    BATCH_SIZE,
    CONDITION,
    DATASET,
    TIMESTEPS,
    Cell,
    Column,
    count_cell,
    timesteps_cell,
)
from reports.display.words import equation
from reports.input.context import Context
from reports.input.pairing import Setting
from reports.input.runs import ONE_BY_ONE, Condition

FIELD_WORDS = {
    "device": "devices",
    "torch_version": "torch versions",
    "budget": "budgets",
    "execution": "ways of execution",
    "data_checksum": "data checksums",
    "code_version": "code versions",
    "device_name": "machines",
    "options": "options of methods",
}
"""What runs can differ in besides their settings, by column."""

Place = tuple[str, Condition]
"""A data set and a condition, as in `Setting.place`."""


def condition_words(condition: Condition, context: Context | None = None) -> str:
    """`cpu, torch 2.11, 20 epochs`, naming what is known and how, if not one by one.

    With the `context` of a study, only what varies in it.
    """
    if context is not None:
        return _unlike_words(condition, context)
    release = f"torch {condition.torch_version}" if condition.torch_version else ""
    execution = "" if condition.execution == ONE_BY_ONE else condition.execution
    return ", ".join(filter(None, (condition.device, release, condition.budget, execution)))


def _unlike_words(condition: Condition, context: Context) -> str:
    shown = {
        "device": condition.device,
        "torch_version": f"torch {condition.torch_version or 'not recorded'}",
        "budget": condition.budget,
        "execution": condition.execution,
    }
    return ", ".join(words for entry, words in shown.items() if entry in context.unlike and words)


def place_words(place: Place, context: Context | None = None) -> str:
    """`digits (cpu, torch 2.11, 20 epochs)`: a place in full; may be empty.

    With the `context` of a study, only what varies in it.
    """
    dataset, words = place[0], condition_words(place[1], context)
    if context is not None and context.one_dataset:
        dataset = ""
    return f"{dataset} ({words})" if dataset and words else dataset or words


def titled(title: str, place: Place, context: Context) -> str:
    """Put a place behind a title, if the study has several."""
    words = place_words(place, context)
    return f"{title}: {words}" if words else title


def arm_words(batch_size: int | None, timesteps: int | None) -> str:
    """`batch size 64, T = 2`, or what of it there is."""
    batch = "" if batch_size is None else f"batch size {batch_size}"
    return ", ".join(filter(None, (batch, "" if timesteps is None else equation("T", timesteps))))


def setting_words(setting: Setting, context: Context) -> str:
    """`digits, batch size 64, T = 2`, naming only what varies in the study; empty for nothing."""
    parts = (
        "" if context.one_dataset else setting.dataset,
        arm_words(setting.batch_size, setting.timesteps),
        condition_words(setting.condition, context),
    )
    return ", ".join(filter(None, parts))


def at_words(setting: Setting, context: Context) -> str:
    """` at batch size 64, T = 2`, to stand behind a method; empty for nothing."""
    words = setting_words(setting, context)
    return f" at {words}" if words else ""


def panel_title(batch_size: int | None, timesteps: int | None) -> str:
    """Name what a panel holds fixed."""
    parts = [] if batch_size is None else [f"batch size {batch_size}"]
    if timesteps is not None:
        parts.append(f"T = {timesteps}")
    return ", ".join(parts)


def place_columns(context: Context) -> tuple[Column, ...]:
    """Columns for what usually is one and the same: data set, and device, torch and budget."""
    dataset = () if context.one_dataset else (DATASET,)
    return dataset if context.one_condition else (*dataset, CONDITION)


def place_cells(place: Place, context: Context) -> tuple[Cell, ...]:
    """Fill `place_columns`."""
    dataset = () if context.one_dataset else (Cell(place[0]),)
    return (
        dataset if context.one_condition else (*dataset, Cell(condition_words(place[1], context)))
    )


def setting_columns(context: Context) -> tuple[Column, ...]:
    """Columns for a setting: its place, batch size and T."""
    batch = (BATCH_SIZE,) if context.has_batch_sizes else ()
    return (*place_columns(context), *batch, *((TIMESTEPS,) if context.has_timesteps else ()))


def setting_cells(setting: Setting, context: Context) -> tuple[Cell, ...]:
    """Fill `setting_columns`."""
    return (
        *place_cells(setting.place, context),
        *((count_cell(setting.batch_size),) if context.has_batch_sizes else ()),
        *((timesteps_cell(setting.timesteps),) if context.has_timesteps else ()),
    )
