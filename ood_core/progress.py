"""How long work tells how far it is, and where it may be stopped."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[int, int, str], None]
"""Called as (done, total, note). What it raises ends the work: that is how ComfyUI's Cancel arrives."""
