"""Registration: somebody else's edit T brought onto the original I, in place, light and colour."""

from .pasted import pasted_box
from .report import Report
from .stage import Registration, check_picture, register

__all__ = ["Registration", "Report", "check_picture", "pasted_box", "register"]
