"""Figures of the benchmarks, on the terminal and as a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import ImageError

if TYPE_CHECKING:
    from rich.table import Table


def write_figures(path: Path, figures: dict[str, Any]) -> None:
    """Write figures as JSON. Raises ImageError where that fails."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise ImageError(f"{path}: cannot be written ({error.strerror}); choose another place") from error


def print_table(table: Table) -> None:
    """Print a table as wide as it needs to be."""
    from rich.console import Console

    console = Console()
    wide = console.options.update(max_width=1000)
    console.width = max(console.width, console.measure(table, options=wide).maximum)  # nothing is cut short
    console.print(table)
