"""What a run shares with every other in its process: torch's switches, and the data."""

from bench.study.fitting import forget_if_written
from noprop_core.datasets.task import Task
from noprop_core.errors import ChangedData, ChangedTorch
from noprop_core.torch_state import as_it_is, changes_since


class Shared:
    """Both as they are now; what is changed from here on is the method's doing."""

    def __init__(self, task: Task) -> None:
        """Note how `task` and torch are."""
        self.task, self.writes, self.switches = task, task.writes(), as_it_is()

    def changes(self) -> list[str]:
        """Return which of torch's switches are otherwise now."""
        return changes_since(self.switches)

    def refuse_changes(self) -> None:
        """Raise `ChangedTorch` or `ChangedData`."""
        if changes := self.changes():
            raise ChangedTorch(changes)
        if self.let_go():
            raise ChangedData

    def let_go(self) -> bool:
        """Have data that were written to read anew for the next run; return whether they were."""
        return forget_if_written(self.task, self.writes)
