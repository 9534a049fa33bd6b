"""The page of the API's documentation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from correlator.web.counting import metrics
from correlator.web.pages.api import api_view
from correlator.web.responses import page
from correlator.web.visits import visit

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response


async def docs(request: Request) -> Response:
    """What may be asked, for people to read."""
    here = visit(request)
    return page(here, "api.html", under="help", api=api_view(here.lang))


BESIDE = [Route("/api/docs", docs), Route("/metrics", metrics)]
"""What is beside the operations of the API."""
