"""JSON that people wrote, or a program that marks its files as UTF-8."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from ..errors import OodError
from .paths import fault, unreadable

_LARGEST = 64 << 20  # bytes


def read_json(path: str | os.PathLike[str], refusal: type[OodError], remedy: str) -> Any:
    """Read a JSON file, with or without a byte order mark.

    Args:
        path: the file.
        refusal: raised where it cannot be read.
        remedy: what to do where it is not JSON, in words.

    Raises:
        OodError: of the kind `refusal`, if the file cannot be read, is not JSON, nested beyond reason, or
            larger than 64 MiB.
    """
    if why := unreadable(path):
        raise refusal(f"{path}: {why}")
    try:
        if os.path.getsize(path) > _LARGEST:
            raise refusal(f"{path}: is larger than 64 MiB; {remedy}")
        return json.loads(Path(path).read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise refusal(f"{path}: {fault(error)}") from error
    except RecursionError as error:
        raise refusal(f"{path}: is nested too deeply; {remedy}") from error
    except ValueError as error:
        raise refusal(f"{path}: is not JSON ({error}); {remedy}") from error
