"""How much is done, on the error stream; without a terminal nothing is shown."""

from __future__ import annotations

from types import TracebackType
from typing import Self

import rich.console
import rich.progress

from bench.messages import Message, user_language


class Progress:
    """A bar with the time that is left."""

    def __init__(self, doing: Message) -> None:
        console = rich.console.Console(stderr=True)
        self._doing = doing
        self._bar = rich.progress.Progress(
            rich.progress.TextColumn("{task.description}"),
            rich.progress.BarColumn(),
            rich.progress.TaskProgressColumn(),
            rich.progress.TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
            transient=True,
        )

    def __enter__(self) -> Self:
        self._bar.start()
        self._task = self._bar.add_task(self._doing.text(user_language()), total=None)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def show(self, done: int, work: int) -> None:
        """Show how much of how much is done."""
        self._bar.update(self._task, completed=done, total=work)
