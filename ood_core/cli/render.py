"""`ood render`: portraits from the embedded domain."""

from __future__ import annotations


def render() -> None:
    """Draw portraits, their true edits and their true masks."""
    raise NotImplementedError
