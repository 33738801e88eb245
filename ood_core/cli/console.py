"""What the commands share with the person at the terminal: error lines, progress, `NAME=NUMBER` options."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from ..errors import OodError, StrengthError

if TYPE_CHECKING:
    from ..progress import Progress as Told

logger = logging.getLogger(__name__)
stderr = Console(stderr=True)


def report(text: str) -> None:
    """Print one line `error: …` to stderr, whatever line breaks the text has."""
    line = " ".join(text.split())
    stderr.print(f"error: {line}", soft_wrap=True, markup=False, highlight=False, emoji=False)


def note(text: str) -> None:
    """Print one line `note: …` to stderr: nothing is wrong, but somebody may want to know."""
    stderr.print(f"note: {text}", soft_wrap=True, markup=False, highlight=False, emoji=False)


def explain(error: Exception) -> str:
    """An exception as text: our own say it themselves, any other is a bug worth reporting."""
    if isinstance(error, OodError):
        return str(error)
    logger.debug("unexpected", exc_info=error)
    return f"unexpected {type(error).__name__}: {error}; this is a bug, please report it"


def named_numbers(texts: Sequence[str], option: str, default: float | None = None) -> dict[str, float]:
    """Read `NAME=NUMBER` options.

    Args:
        texts: as given on the command line.
        option: their option, for messages.
        default: the number where only a name is given; None demands one.

    Raises:
        StrengthError: if a number is missing, not finite, or a name is given twice.
    """
    numbers: dict[str, float] = {}
    for text in texts:
        name, equals, number = text.partition("=")
        if name in numbers:
            raise StrengthError(f"{option} {text}: '{name}' is given twice; give it once")
        numbers[name] = default if default is not None and not equals else _finite(number, f"{option} {text}")
    return numbers


def named_texts(texts: Sequence[str], option: str) -> dict[str, str]:
    """Read `NAME=TEXT` options; arguments as `named_numbers`.

    Raises:
        OodError: if a name or text is missing, or a name is given twice.
    """
    found: dict[str, str] = {}
    for text in texts:
        name, _, value = text.partition("=")
        if not name or not value:
            raise OodError(f"{option} {text}: write NAME=FILE")
        if name in found:
            raise OodError(f"{option} {text}: '{name}' is given twice; give it once")
        found[name] = value
    return found


def _finite(text: str, where: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise StrengthError(f"{where}: '{text}' is not a finite number such as 1 or -0.5")
    return value


class RateColumn(ProgressColumn):
    """Steps a second."""

    def render(self, task: Task) -> Text:
        """`12.3/s`, or a placeholder until there is a measurement."""
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:.3g}/s", style="progress.data.speed")


def progress_bar(visible: bool = True) -> Progress:
    """A bar with rate and remaining time on stderr, only where somebody can see it move."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        RateColumn(),
        TimeRemainingColumn(),
        console=stderr,
        transient=True,
        redirect_stdout=False,
        disable=not (visible and stderr.is_terminal),
    )


@contextmanager
def measuring(every: float = 60.0) -> Iterator[Told]:
    """What long work tells its progress: a bar where somebody watches, elsewhere a line now and then.

    Args:
        every: seconds between two lines in a log, each with what is left of the stage.
    """
    with progress_bar() as bar:
        task = bar.add_task("measuring", total=None)
        stage, begun, said, first = "", 0.0, 0.0, 0

        def told(done: int, total: int, stage_now: str) -> None:
            nonlocal stage, begun, said, first
            now = time.monotonic()
            if stage_now != stage:
                stage, begun, said, first = stage_now, now, now, done
            bar.update(task, description=stage, completed=done, total=total)
            if not stderr.is_terminal and now - said >= every and done > first:
                said, left = now, (now - begun) / (done - first) * (total - done)
                note(f"{stage}: {done} of {total}, about {math.ceil(left / 60)} min left")

        yield told
