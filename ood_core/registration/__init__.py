"""Registration: somebody else's edit T brought onto the original I, in place, light and colour."""

from .pasted import pasted_box
from .report import Report
from .stage import Placed, Registration, check_picture, place, register
from .still import held_still

__all__ = [
    "Placed",
    "Registration",
    "Report",
    "check_picture",
    "held_still",
    "pasted_box",
    "place",
    "register",
]
