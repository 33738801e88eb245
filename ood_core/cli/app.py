"""The list of commands."""

from __future__ import annotations

import typer

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

app = typer.Typer(
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
