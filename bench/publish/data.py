"""Which data a result was made of, so that a reader can tell whether he has the same."""

from bench.publish.result import Result
from bench.readme_block import filled
from noprop_core.datasets.table import is_path
from reports.display.words import join
from reports.formats.markdown import as_text

PAGE = "../../data.md"
"""The document that says how data are made and checked, from a result's folder."""


def data_lines(result: Result) -> list[str]:
    """Return an item per data set: its images, and the SHA-256 of what was learnt and tested."""
    lines = [filled(_item(result, name), "  ") for name in result.study.datasets]
    return [*lines, "", f"[Data]({PAGE}) says how a checksum is compared with one's own."]


def _item(result: Result, name: str) -> str:
    own = [record for record in result.records if record.cell.dataset == name]
    sums = sorted({record.data_checksum for record in own} - {""})
    images = [n for record in own if (n := record.cell.train_images) is not None]
    cut = f", {max(images):,} training images of it" if images else ""
    known = f"SHA-256 {join([f'`{each}`' for each in sums])}" if sums else "no checksum on record"
    where = f" [How this file is made]({PAGE}#cifar-10-in-one-file)." * name.endswith("cifar10.npz")
    here = " It has to lie where the commands are run." * is_path(name)
    return f"- {as_text(name)}{cut}: {known}.{here}{where}"
