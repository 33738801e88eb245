"""`ood train`: one network, or a whole bundle."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Annotated

import typer
from rich.logging import RichHandler
from rich.progress import Progress, TaskID

from ..errors import RecipeError
from .console import progress_bar, stderr


def train(
    network: Annotated[str, typer.Argument(help="A network or directions; bundle for all of them.")],
    recipe: Annotated[
        Path,
        typer.Option(
            help="The TOML file; for `bundle` the folder of all of them, or the name of one that comes with "
            "the library: portraits-128, faces-128."
        ),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder of the run.")],
    photos: Annotated[
        list[Path],
        typer.Option(help="A folder of photographs, for recipes that are trained on them; may be repeated."),
    ] = [],  # noqa: B006 - typer's way
    resume: Annotated[bool, typer.Option("--resume", help="Continue where the last run stopped.")] = False,
) -> None:
    """Train a network, or a whole bundle.

    With `bundle` all networks are trained one after the other; what is done is skipped.
    """
    try:
        import accelerate  # noqa: F401
    except ModuleNotFoundError:
        raise RecipeError('training needs accelerate: pip install "ood-editing[train]"') from None
    from .. import training
    from ..bundle.memory import keep_freed_memory

    recipe = recipe if recipe.exists() else training.RECIPES / recipe
    if not recipe.exists():
        known = ", ".join(sorted(path.name for path in training.RECIPES.iterdir() if path.is_dir()))
        raise RecipeError(f"{recipe.name}: there is no such recipe; with the library come {known}")
    if missing := [str(folder) for folder in photos if not folder.is_dir()]:
        raise RecipeError(f"{missing[0]}: there is no such folder of photographs")
    main_process = os.environ.get("RANK", "0") == "0"
    keep_freed_memory()
    logging.basicConfig(
        level=logging.INFO if main_process else logging.ERROR,
        format="%(message)s",
        handlers=[RichHandler(console=stderr, show_path=False)],
    )
    with progress_bar(visible=main_process) as bar:
        shown = _Shown(bar)
        if network == "bundle":
            typer.echo(training.build_bundle(recipe, output, photos=photos, progress=shown))
        else:
            training.run(network, recipe, output, photos=photos, resume=resume, progress=shown)


class _Shown:
    """The library's (done, total, note) on a progress bar; a new note is a new stage with a new bar."""

    def __init__(self, bar: Progress) -> None:
        self._bar = bar
        self._stages: dict[str, TaskID] = {}

    def __call__(self, done: int, total: int, note: str) -> None:
        if note not in self._stages:
            self._stages[note] = self._bar.add_task(note, total=total, completed=done)
        self._bar.update(self._stages[note], completed=done, total=total)
