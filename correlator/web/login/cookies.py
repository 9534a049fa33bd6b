"""The cookies of the login: their names, and who may send them back."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from starlette.responses import Response

_LOGIN_LASTS = 600  # seconds


class Cookies(NamedTuple):
    """Under which names browsers keep what opens a session.

    `__Host-` has a browser refuse a cookie that another host or an insecure page sets. Over plain
    http, which is for this machine alone, there is no such name.
    """

    session: str
    frame: str
    login: str
    secure: bool

    @classmethod
    def over(cls, *, secure: bool) -> Cookies:
        """Return the names of a console that is asked over https, or not."""
        before = "__Host-" if secure else ""
        return cls(f"{before}s", f"{before}f", f"{before}l", secure)

    def set_session(self, answer: Response, secret: str) -> None:
        """Have a browser keep the session of a person."""
        answer.set_cookie(
            self.session, secret, path="/", httponly=True, secure=self.secure, samesite="lax"
        )

    def set_login(self, answer: Response, secret: str) -> None:
        """Have a browser remember that it began a login."""
        answer.set_cookie(
            self.login, secret, _LOGIN_LASTS, path="/", httponly=True, secure=self.secure,
            samesite="lax",
        )  # fmt: skip

    def set_frame(self, answer: Response, secret: str, *, ended: bool = False) -> None:
        """Have a browser keep the session of a frame, under the page around it alone."""
        # Starlette knows `Partitioned` from Python 3.14 on.
        lasts = "; Max-Age=0" if ended else ""
        value = f"{self.frame}={secret}; Path=/; HttpOnly; Secure; SameSite=None; Partitioned"
        answer.headers.append("set-cookie", value + lasts)

    def end_session(self, answer: Response) -> None:
        """Have a browser forget the session of a person."""
        answer.delete_cookie(
            self.session, path="/", httponly=True, secure=self.secure, samesite="lax"
        )
