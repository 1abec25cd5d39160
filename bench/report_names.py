"""What a report is told of this project: commands, files, methods, and published results."""

from pathlib import Path

from reports.display.border import Border
from reports.published.estimates import Key, Published, read_published

BORDER = Border(
    plots='pip install "noprop-bench[plots]"',
    frames={
        "runs": "python -m bench.run --export",
        "epochs": "bench.frame.load_epochs(folder)",
        "controls": "bench.frame.load_controls(folder)",
        "gradients": "bench.frame.load_gradients(folder)",
        "estimates": "python -m bench.report --format csv",
    },
    columns="Column names are explained in bench/records/columns.py and reports/page/rows.py of "
    "the project.",
    first_steps=("python -m bench.run", "python -m bench.report"),
    # Those most often compared stand first, so that they differ in colour.
    coloured_first=(
        "noprop-dt", "classifier", "noprop-shared", "joint-shared", "noprop-ct", "noprop-fm",
        "adjoint", "backprop", "local-pred", "mono-forward", "dfa", "forward-forward",
        "backprop-mlp",
    ),
)  # fmt: skip


def published_results() -> dict[Key, Published]:
    """Return test accuracies from papers, with their sources: `bench/published.csv`."""
    return read_published(Path(__file__).with_name("published.csv").read_text("utf-8"))
