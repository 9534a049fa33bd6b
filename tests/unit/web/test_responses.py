"""Where a form or a login may lead back to."""

from __future__ import annotations

import pytest

from correlator.web.responses import inside


@pytest.mark.parametrize(
    "address", ["/", "/mur", "/a/T1?client=C%2F1&symptome=é", "/%2F%2Fx", "/.//x", "/?next=//x"]
)
def test_an_address_of_ours_stays_as_it_is(address: str) -> None:
    assert inside(address) == address


@pytest.mark.parametrize(
    "address",
    [
        "", "x", "//x", "///x", "/\\x", "\\/x", "/x\\y", "https:x", "https://x", "javascript:x",
        "/\t/x", "\t//x", " /x", "/x y", "/x\r\nSet-Cookie: s=1", "/\x00", "/\x7f", "/\u2028x",
        "/" + "x" * 2_000,
    ],
)  # fmt: skip
def test_any_other_is_the_beginning(address: str) -> None:
    assert inside(address) == "/"
