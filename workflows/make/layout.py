"""Where things lie on the canvas, in its pixels; a node's title bar lies above its rectangle."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

TITLE = 30  # a node's title bar
_SOCKET, _WIDGET, _TEXT = 20, 24, 54  # heights of a socket, a widget, and what a text of several lines adds
_MARGIN, _GAP, _HEAD = 20, 24, 44  # around columns, between nodes, above a group's first title bar
_COLOURS = ("#3f789e", "#8a6d3b", "#3b7d4f", "#6a4f8a")
_TALL = {"prompt", "text", "preview_text"}
_SAYS = {"OOD_Invert": 52, "OOD_LoadBundle": 64, "UNETLoader": 36, "CLIPLoader": 48, "VAELoader": 36}
"""Room for the words below a node that shows no picture; loaders say what file is missing."""
_GROWN = {"ImageScaleToTotalPixels": 40, "KSampler": 28, "OOD_Edit": 3 * _WIDGET}
"""Room for widgets that the editor adds, or newer versions."""
NARROWEST = 225
"""Nodes 2.0 draws no node narrower."""
_BADGE, _CAPTION = 36, 24  # what Nodes 2.0 adds below nodes of a pack, and below a picture


class Rect(NamedTuple):
    """A rectangle."""

    left: int
    top: int
    width: int
    height: int


def height_of(kind: str, inputs: list[tuple[Any, ...]], outputs: list[Any], show: int) -> int:
    """Enough for a node of these inputs and outputs in both renderers, and for what it shows besides."""
    widgets = [name for name, _, *default in inputs if default]
    rows = max(len(inputs) - len(widgets), len(outputs), 1)
    extra = sum(_TEXT for name in widgets if name in _TALL)
    extra += _WIDGET * len(widgets) + 8 if widgets else 0
    extra += (_BADGE if kind.startswith("OOD_") else 0) + (_CAPTION if show else 0)
    return _SOCKET * rows + extra + 6 + show + _SAYS.get(kind, 0) + _GROWN.get(kind, 0)


@dataclass
class Band:
    """A group: a title, and columns of nodes side by side."""

    title: str
    left: int
    right: int = 0
    bottom: int = 0
    _columns: list[Rect] = field(default_factory=list)
    _top: int = _HEAD

    def again(self, top: int) -> None:
        """Begin another row at the left."""
        self._columns, self._top = [], top

    def begin(self, width: int, skip: int = 0) -> None:
        """Begin a column to the right of the others."""
        left = self._columns[-1].left + self._columns[-1].width + 2 * _GAP if self._columns else self.left
        left += 0 if self._columns else _MARGIN
        self._columns.append(Rect(left, self._top + TITLE + skip, width, 0))
        self.right = max(self.right, left + width + _MARGIN + _GAP)

    def place(self, height: int) -> Rect:
        """The next place from the top in the column."""
        column = self._columns[-1]
        place = column._replace(height=height)
        below = column.top + height + TITLE + _GAP
        self._columns[-1] = column._replace(top=below)
        self.bottom = max(self.bottom, place.top + height + _MARGIN)
        return place

    def ui(self, number: int, bottom: int) -> dict[str, Any]:
        """As the editor stores groups; all reach equally far down."""
        bounds = [self.left, 0, self.right - _GAP - self.left, bottom]
        colour = _COLOURS[(number - 1) % len(_COLOURS)]
        return {
            "id": number,
            "title": self.title,
            "bounding": bounds,
            "color": colour,
            "font_size": 24,
            "flags": {},
        }
