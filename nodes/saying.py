"""Words below the node that is running, in versions of ComfyUI that show them."""

from __future__ import annotations

import importlib


def say(text: str) -> None:
    """Show a text below the running node; where ComfyUI cannot, or no graph is running, nothing happens."""
    try:
        context = importlib.import_module("comfy_execution.utils").get_executing_context()
        server = importlib.import_module("server").PromptServer.instance
    except (ImportError, AttributeError):
        return
    if context is not None and hasattr(server, "send_progress_text"):
        server.send_progress_text(text, context.node_id)
