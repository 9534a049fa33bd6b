"""The API for other systems: below `/api/v1`, with types and documents of its own."""

from starlette.routing import Route

from correlator.web.api.openapi import asyncapi, openapi
from correlator.web.api.operations import OPERATIONS

API = [
    *(Route(one.path, one.endpoint, methods=[one.method]) for one in OPERATIONS),
    Route("/api/v1/openapi.json", openapi),
    Route("/api/v1/asyncapi.json", asyncapi),
]

__all__ = ["API"]
