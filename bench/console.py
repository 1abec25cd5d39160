"""rich's console for readers who may go away: what they asked for is done all the same."""

from rich import console

from bench.command import discard


class Console(console.Console):
    """As rich's, whose own ends the program when a pipe's reader has gone."""

    def on_broken_pipe(self) -> None:
        """Print no more."""
        self.quiet = True
        discard(self.file)
