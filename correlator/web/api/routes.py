"""The routes of the API: every operation, and the documents."""

from __future__ import annotations

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
