"""Inputs that no socket or widget of ours gives: of other kinds, through a reroute or another pack."""

from __future__ import annotations

import functools
import inspect
import numbers
from collections.abc import Callable, Mapping
from typing import Any, Concatenate, ParamSpec, TypeVar

import torch
from torch import Tensor

from ..ood_core.errors import OodError
from .models import BundleHandle, heeding_cancel
from .sockets import Crops, Direction, EditInMaking, Latents
from .tensors import check_mask_shape, check_shape

P = ParamSpec("P")
R = TypeVar("R")

_OURS: Mapping[str, tuple[type, str]] = {
    "OOD_BUNDLE": (BundleHandle, "an edit bundle, from Load Edit Bundle"),
    "OOD_LATENT": (Latents, "latents, from Invert Portrait or Edit Latents"),
    "OOD_CROP": (Crops, "crops, from Align Face"),
    "OOD_EDIT": (EditInMaking, "an edit, from DiffCAM Edit Mask or Composite Edit"),
    "OOD_DIRECTION": (Direction, "a direction, from Load, Find or Learn Direction"),
}

_CHOICE = "COMFY_DYNAMICCOMBO_V3"
_LARGEST = 1e300  # what a float holds, and NaN is not below
_BOUNDED = ("threshold", "grow", "feather")


def checked(execute: Callable[Concatenate[Any, P], R]) -> Callable[Concatenate[Any, P], R]:
    """A node's `execute` that says in one sentence which input is of another kind than its socket.

    Numbers reach it as the kind of number that its widget has, and its networks heed Cancel.

    Raises:
        OodError: from the function returned.
    """
    signature = inspect.signature(execute)

    @functools.wraps(execute)
    def wrapper(cls: Any, /, *args: P.args, **kwargs: P.kwargs) -> R:
        bound = signature.bind(cls, *args, **kwargs)
        given = bound.arguments
        for socket in cls.define_schema().inputs:
            if socket.id in given and not (given[socket.id] is None and socket.optional):
                given[socket.id] = _checked(socket, given[socket.id])
        with heeding_cancel():
            return execute(*bound.args, **bound.kwargs)

    return wrapper


def _checked(socket: Any, value: Any) -> Any:
    """The value, as a number of its widget's kind."""
    kind, name = socket.get_io_type(), socket.id
    if kind in _OURS:
        wanted, words = _OURS[kind]
        if not isinstance(value, wanted):
            raise OodError(f"'{name}' must be {words}, not {_called(value)}.")
    elif kind in ("IMAGE", "MASK"):
        _check_tensor(value, name, kind)
    elif kind in ("STRING", "COMBO"):
        if not isinstance(value, str):
            raise OodError(f"'{name}' must be a text, not {_called(value)}.")
    elif kind == "FACE_LANDMARKS":
        if not isinstance(value, Mapping):
            raise OodError(
                f"'{name}' must be landmarks, from MediaPipe Face Landmarker, not {_called(value)}."
            )
    elif kind in ("INT", "FLOAT"):
        return _number(value, name, socket, whole=kind == "INT")
    elif kind == _CHOICE:
        return _choice(value, name, socket)
    return value


def _choice(value: Any, name: str, socket: Any) -> dict[str, Any]:
    """What was chosen of a DynamicCombo, and the inputs that come with it, checked."""
    options = {option.key: option for option in socket.options}
    if not isinstance(value, Mapping) or value.get(name) not in options:
        raise OodError(f"There is no choice {_called(value)} of '{name}'. Known: {', '.join(options)}.")
    inner = {one.id: _checked(one, value.get(one.id)) for one in options[value[name]].inputs}
    return {name: value[name]} | inner


def _check_tensor(value: Any, name: str, kind: str) -> None:
    if not isinstance(value, Tensor):
        raise OodError(f"'{name}' must be of type {kind}, not {_called(value)}.")
    real = value.is_floating_point() or value.dtype == torch.bool  # whole numbers may be of 0..255
    if not real or value.layout != torch.strided or value.device.type == "meta":
        raise OodError(f"'{name}' must be a plain {kind} of fractions in 0..1, not {_called(value)}.")
    check_shape(value, name) if kind == "IMAGE" else check_mask_shape(value, name)


def _number(value: Any, name: str, socket: Any, *, whole: bool) -> int | float:
    number = isinstance(value, numbers.Real) and abs(value) < _LARGEST
    if not number or (whole and value != int(value)):
        words = "a whole number" if whole else "a finite number"
        raise OodError(f"'{name}' must be {words}, not {_called(value)}.")
    low, high = socket.min, socket.max
    bounded = whole or name in _BOUNDED  # strengths out of range are the library's to judge
    if bounded and ((low is not None and value < low) or (high is not None and value > high)):
        raise OodError(f"'{name}' must be from {low} to {high}, not {value}.")
    return int(value) if whole else float(value)


def _called(value: Any) -> str:
    """What to call a value of the wrong kind."""
    if value is None:
        return "nothing"
    if isinstance(value, Tensor):
        form = "" if value.layout == torch.strided else "sparse "
        return f"a {form}tensor of {str(value.dtype).removeprefix('torch.')} on {value.device.type}"
    if isinstance(value, int | float | str):
        return repr(value)[:60]
    return type(value).__name__
