"""The API for other systems: below `/api/v1`, with types and documents of its own."""

from starlette.routing import Route

from correlator.web.api.openapi import asyncapi, openapi
from correlator.web.api.operations import OPERATIONS
from correlator.web.api.shape import shaped
from correlator.web.tmf.operations import TMF_ALIASES

API = [
    *(Route(one.path, shaped(one), methods=[one.method]) for one in (*OPERATIONS, *TMF_ALIASES)),
    Route("/api/v1/openapi.json", openapi),
    Route("/api/v1/asyncapi.json", asyncapi),
]

__all__ = ["API"]
