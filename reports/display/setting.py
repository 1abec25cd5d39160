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
from reports.input.runs import Condition

FIELD_WORDS = {
    "device": "devices",
    "torch_version": "torch versions",
    "budget": "budgets",
    "data_checksum": "data checksums",
    "code_version": "code versions",
    "device_name": "machines",
    "options": "options of methods",
}
"""What runs can differ in besides their settings, by column."""

Place = tuple[str, Condition]
"""A data set and a condition, as in `Setting.place`."""


def condition_words(condition: Condition) -> str:
    """`cpu, torch 2.11, 20 epochs`."""
    return f"{condition.device}, torch {condition.torch_version}, {condition.budget}"


def place_words(place: Place) -> str:
    """`digits (cpu, torch 2.11, 20 epochs)`: a place in full, for titles."""
    dataset, condition = place
    return f"{dataset} ({condition_words(condition)})"


def arm_words(batch_size: int, timesteps: int | None) -> str:
    """`batch size 64, T = 2`."""
    steps = "" if timesteps is None else f", {equation('T', timesteps)}"
    return f"batch size {batch_size}{steps}"


def setting_words(setting: Setting, context: Context) -> str:
    """`digits, batch size 64, T = 2`, naming only what varies in the study."""
    return ", ".join(
        [
            *([] if context.one_dataset else [setting.dataset]),
            arm_words(setting.batch_size, setting.timesteps),
            *([] if context.one_condition else [condition_words(setting.condition)]),
        ]
    )


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
    return dataset if context.one_condition else (*dataset, Cell(condition_words(place[1])))


def setting_columns(context: Context) -> tuple[Column, ...]:
    """Columns for a setting: its place, batch size and T."""
    return (*place_columns(context), BATCH_SIZE, TIMESTEPS)


def setting_cells(setting: Setting, context: Context) -> tuple[Cell, ...]:
    """Fill `setting_columns`."""
    return (
        *place_cells(setting.place, context),
        count_cell(setting.batch_size),
        timesteps_cell(setting.timesteps),
    )
