"""Recipes: one TOML file a network, read into a frozen dataclass that knows every number and no other."""

from __future__ import annotations

import dataclasses
import sys
import types
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from ..errors import RecipeError
from ..files.paths import unreadable

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

T = TypeVar("T")


@dataclasses.dataclass(frozen=True)
class LoopRecipe:
    """What every training has in common.

    ``precision`` is accelerate's mixed precision: "no", "bf16" or "fp16". Intervals are in steps. ``compile``
    compiles the network first, which needs a C++ compiler and halves the time of a step on CPUs.
    """

    seed: int
    precision: str
    log_every: int
    sheet_every: int
    checkpoint_every: int
    compile: bool = False

    def __post_init__(self) -> None:
        if self.precision not in ("no", "bf16", "fp16"):
            raise RecipeError(f"precision must be no, bf16 or fp16, not {self.precision!r}.")
        for name in ("log_every", "sheet_every", "checkpoint_every"):
            if getattr(self, name) < 1:
                raise RecipeError(f"{name} must be at least 1, not {getattr(self, name)}.")


def load_recipe(path: Path, kind: type[T]) -> T:
    """Read a recipe.

    Args:
        path: a TOML file.
        kind: a dataclass; nested dataclasses are tables, tuples of dataclasses are arrays of tables.

    Returns:
        An instance of ``kind``.

    Raises:
        RecipeError: if the file cannot be read, or a key is missing, unknown or of the wrong type.
    """
    if why := unreadable(path):
        raise RecipeError(f"The recipe {path} cannot be read: {why}.")
    try:
        table = tomllib.loads(Path(path).read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise RecipeError(f"The recipe {path} cannot be read ({error.strerror}).") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RecipeError(f"The recipe {path} is not valid TOML: {error}.") from None
    return _build(kind, table, str(path))


def _build(kind: Any, table: Mapping[str, Any], where: str) -> Any:
    hints = get_type_hints(kind)
    fields = {field.name: field for field in dataclasses.fields(kind)}
    unknown = sorted(set(table) - set(fields))
    if unknown:
        raise RecipeError(f"{where}: unknown key {unknown[0]!r}; known here: {', '.join(fields)}.")
    values = {}
    for name, field in fields.items():
        if name in table:
            values[name] = _value(hints[name], table[name], f"{where}: {name}")
        elif field.default is dataclasses.MISSING:
            raise RecipeError(f"{where}: the key {name!r} is missing.")
    try:
        return kind(**values)
    except ValueError as error:
        raise RecipeError(f"{where}: {error}") from None


def _value(hint: Any, value: Any, where: str) -> Any:
    if get_origin(hint) in (Union, types.UnionType):
        hint = next(choice for choice in get_args(hint) if choice is not type(None))
    if dataclasses.is_dataclass(hint):
        if not isinstance(value, Mapping):
            raise RecipeError(f"{where} must be a table, not {value!r}.")
        return _build(hint, value, where)
    if get_origin(hint) is tuple:
        if not isinstance(value, list):
            raise RecipeError(f"{where} must be a list, not {value!r}.")
        return tuple(_value(get_args(hint)[0], item, f"{where}[{i}]") for i, item in enumerate(value))
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, hint) or (hint is int and isinstance(value, bool)):
        raise RecipeError(f"{where} must be {hint.__name__}, not {value!r}.")
    return value
