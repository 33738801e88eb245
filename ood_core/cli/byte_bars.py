"""A progress bar a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TransferSpeedColumn

from .console import stderr


@contextmanager
def byte_bars() -> Iterator[Callable[[int, int, str], None]]:
    """A callback (bytes done, bytes in all, file) that shows as one bar a file, where somebody can see it."""
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=stderr, transient=True, disable=not stderr.is_terminal) as bars:
        tasks: dict[str, TaskID] = {}

        def report(done: int, total: int, note: str) -> None:
            if note not in tasks:
                tasks[note] = bars.add_task(note, total=total)
            bars.update(tasks[note], completed=done, total=total)

        yield report
