"""Registration: somebody else's edit T brought onto the original I, in place, light and colour."""

from .stage import Registration, Report, check_picture, pasted_box, register

__all__ = ["Registration", "Report", "check_picture", "pasted_box", "register"]
