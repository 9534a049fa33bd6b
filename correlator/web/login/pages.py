"""The pages of the login: a sentence, and where to go from there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from correlator.web.responses import page
from correlator.web.words import say

if TYPE_CHECKING:
    from starlette.responses import Response

    from correlator.web.visits import Visit

AGAIN = ("/login", "login.again")
OTHER = ("/login?other=1", "login.other")

_TITLES = {
    "login.no_role": "login.refused",
    "login.frame_over": "login.over",
    "login.link_over": "login.link",
}
"""By sentence, what stands above it; above all others that it is about the login."""


def told(
    visit: Visit,
    key: str,
    status: int,
    *,
    links: tuple[tuple[str, str], ...] = (AGAIN,),
    onward: str = "",
    **values: object,
) -> Response:
    """Return a page with a sentence; `links`: address and word; `onward`: where it goes by itself.

    A form may not lead to another site (`form-action`), a page may: so one stands in between.
    """
    sentence = say(visit.lang, key, **values)
    return page(
        visit,
        "login.html",
        under="login",
        status=status,
        title=_TITLES.get(key, "login.title"),
        sentence=sentence,
        links=links,
        onward=onward,
    )
