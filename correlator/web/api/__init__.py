"""The API for other systems: below `/api/v1`, with types and a document of its own."""

from starlette.routing import Route

from correlator.web.api.openapi import openapi
from correlator.web.api.operations import OPERATIONS
from correlator.web.api.shape import shaped

API = [
    *(Route(one.path, shaped(one), methods=[one.method]) for one in OPERATIONS),
    Route("/api/v1/openapi.json", openapi),
]

__all__ = ["API"]
