"""Loaded into the test server only: tells how many bundles are alive, and how many models are loaded."""

import gc

import comfy.model_management
from aiohttp import web
from server import PromptServer

NODE_CLASS_MAPPINGS: dict[str, type] = {}


@PromptServer.instance.routes.get("/ood_probe")
async def probe(request: web.Request) -> web.Response:
    gc.collect()
    bundles = sum(type(thing).__name__ == "BundleHandle" for thing in gc.get_objects())
    return web.json_response(
        {"bundles": bundles, "loaded": len(comfy.model_management.current_loaded_models)}
    )
