"""The library's own exceptions. Each text says what was wrong, with the value, and what to do about it."""

from __future__ import annotations


class OodError(Exception):
    """Anything this library refuses. The command line prints its text as one line."""


class ShapeError(OodError, ValueError):
    """A tensor has the wrong number of dimensions, channels or samples."""


class ImageError(OodError):
    """A picture cannot be read, written or used."""


class FaceError(OodError):
    """Faces or landmarks cannot be used: not finite, collinear, too few, or no such number."""


class NoFaceError(FaceError):
    """A picture shows no face that could be found."""


class BundleError(OodError):
    """A bundle is missing, incomplete, damaged or inconsistent."""


class CheckpointError(OodError):
    """Somebody's weight file cannot be read safely or does not fit the network."""


class AttributeNameError(OodError):
    """A bundle has no attribute of that name."""


class StrengthError(OodError, ValueError):
    """An edit's strength is not a finite number."""


class RecipeError(OodError):
    """A training recipe lacks a number, has one too many, or holds an impossible one."""
