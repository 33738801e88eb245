"""The `ood` command: one module a command, listed in `app.py`."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 1 refused or failed, 2 misspelt.

    Args:
        arguments: what follows `ood`; None takes the process's own.
    """
    try:
        import rich  # noqa: F401
        import typer  # noqa: F401
    except ModuleNotFoundError as error:
        sys.exit(f'error: the command line needs {error.name}; get it with: pip install "ood-editing[cli]"')
    from ..errors import OodError
    from .app import app
    from .console import explain, report

    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="surrogateescape")  # names of files come out as they went in
    try:
        app(args=arguments, prog_name="ood")
    except OodError as error:
        report(str(error))
    except Exception as error:  # a bug: said in one line, and never taken for success
        report(explain(error))
    sys.exit(1)
