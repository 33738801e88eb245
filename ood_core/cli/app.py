"""The list of commands."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup

from .bench import bench
from .bundles import bundles
from .calibrate import calibrate
from .complete import complete
from .convert import convert
from .directions import directions
from .edit import edit
from .import_files import import_files
from .keep import keep
from .render import render
from .train import train


class Commands(TyperGroup):
    """Commands whose misspelt options are explained in a sentence of ours."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command; some versions of Typer begin what they refuse with their validator's own words."""
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            error.message = error.message.removeprefix("Value error, ")
            raise


app = typer.Typer(
    cls=Commands,
    help="Edit portraits in a GAN's latent space and keep everything the GAN cannot draw.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(edit)
app.command()(keep)
app.command()(bundles)
app.command()(bench)
app.command()(render)
app.command()(train)
app.command("import")(import_files)
app.command("import-official", hidden=True)(import_files)
app.command()(convert)
app.command()(calibrate)
app.command()(complete)
app.add_typer(directions, name="directions")
