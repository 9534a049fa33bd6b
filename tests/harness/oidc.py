"""A provider to log in at, over real HTTP: `oidc-provider-mock`, which a test may have lie.

The mock does not look at PKCE itself, so it is looked at here: a code whose verifier is not that of
its challenge is refused, as a provider does.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import time
import warnings
from contextlib import contextmanager
from http.client import HTTPConnection
from io import BytesIO
from threading import Thread
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import authlib.deprecate  # noqa: F401 - it has its warnings shown always: before what follows
import werkzeug.serving
from joserfc import jwk, jwt

from correlator.web.responses import PROGRAMS
from correlator.web.settings import Oidc

with warnings.catch_warnings():
    # On its way in the mock imports what Authlib has moved to another library.
    warnings.filterwarnings("ignore", "authlib.jose module is deprecated", DeprecationWarning)
    import oidc_provider_mock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"  # the mock's side of Authlib, on plain http

GROUPS = {"hotline-cell": "cell", "hotline-n2": "agent", "noc": "noc", "it": "admin"}
PEOPLE = {
    "zoe": ["hotline-cell", "everybody"],
    "max": ["hotline-n2"],
    "boss": ["hotline-n2", "it", "noc"],
    "guest": ["everybody"],
    "lost": [],
}
CLIENT, SECRET = "correlator", "a secret of the client"


class Provider:
    """The mock, and how it lies. `claims` changes an ID token before it is signed.

    `key`: what is signed with, None for its own; `alg`: how. `asked`: the forms of its token
    endpoint.
    """

    def __init__(self) -> None:
        users = [
            oidc_provider_mock.User(sub=sub, claims={"preferred_username": sub, "groups": groups})
            for sub, groups in PEOPLE.items()
        ]
        self._mock = oidc_provider_mock.app(user_claims=users).wsgi_app
        self._own = jwk.RSAKey.generate_key(2048, {"kid": "own", "use": "sig"})
        self._challenges: dict[str, str] = {}  # by code
        self.port = 0
        self.tell_truth()

    def tell_truth(self) -> None:
        """Be an honest provider again."""
        self.claims: Callable[[dict[str, Any]], dict[str, Any]] = dict
        self.key: jwk.RSAKey | None = None
        self.header: dict[str, Any] = {"alg": "RS256", "kid": "own"}
        self.hides: tuple[str, ...] = ()
        self.asked: list[dict[str, str]] = []

    @property
    def issuer(self) -> str:
        return f"http://localhost:{self.port}"

    def settings(self, **more: Any) -> Oidc:
        """Return what the console has to know of it."""
        return Oidc(self.issuer, CLIENT, GROUPS, SECRET, **more)

    def set_groups(self, sub: str, groups: list[str]) -> None:
        """Put somebody into other groups."""
        body = json.dumps({"preferred_username": sub, "groups": groups})
        connection = HTTPConnection("localhost", self.port, timeout=10)
        connection.request("PUT", f"/users/{sub}", body, {"Content-Type": "application/json"})
        assert connection.getresponse().status < 300
        connection.close()

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a request, as WSGI."""
        path = environ["PATH_INFO"]
        if path == "/oauth2/token":
            return self._token(environ, start)
        status, headers, body = self._ask(environ)
        if path == "/oauth2/authorize":
            self._remember(environ, dict(headers).get("Location", ""))
        if path == "/.well-known/openid-configuration":
            known = json.loads(body)
            body = json.dumps({k: v for k, v in known.items() if k not in self.hides}).encode()
        # Its pages have a style from elsewhere: tests stay on this machine.
        body = re.sub(rb"<link[^>]*stylesheet[^>]*>", b'<link rel="icon" href="data:,">', body)
        if path == "/jwks":
            body = json.dumps({"keys": [self._own.as_dict(private=False)]}).encode()
        return _answered(start, status, headers, body)

    def _ask(self, environ: dict[str, Any]) -> tuple[str, list[tuple[str, str]], bytes]:
        said: list[Any] = []
        parts = self._mock(environ, lambda *more, **_: said.append(more))
        body = b"".join(parts)
        return said[0][0], said[0][1], body

    def _remember(self, environ: dict[str, Any], location: str) -> None:
        code = parse_qs(urlsplit(location).query).get("code")
        asked = parse_qs(environ["QUERY_STRING"])
        if code:
            assert asked["code_challenge_method"] == ["S256"]
            self._challenges[code[0]] = asked["code_challenge"][0]

    def _token(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        raw = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        form = {name: values[0] for name, values in parse_qs(raw.decode()).items()}
        self.asked.append(form)
        verifier = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(verifier).decode().rstrip("=")
        if self._challenges.pop(form.get("code", ""), None) != challenge:
            kind = [("Content-Type", "application/json")]
            return _answered(start, "400 BAD REQUEST", kind, b'{"error": "invalid_grant"}')
        status, headers, body = self._ask({**environ, "wsgi.input": BytesIO(raw)})
        answer = json.loads(body)
        if "id_token" in answer:
            answer["id_token"] = self._signed(answer["id_token"])
        return _answered(start, status, headers, json.dumps(answer).encode())

    def _signed(self, token: str) -> str:
        part = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        claims = self.claims(claims)
        if self.header["alg"] == "none":
            parts = (json.dumps(one).encode() for one in (self.header, claims))
            coded = [base64.urlsafe_b64encode(one).decode().rstrip("=") for one in parts]
            return f"{coded[0]}.{coded[1]}."
        return jwt.encode(self.header, claims, self.key or self._own)


def _answered(
    start: Callable[..., Any], status: str, headers: list[tuple[str, str]], body: bytes
) -> list[bytes]:
    kept = [(name, value) for name, value in headers if name.lower() != "content-length"]
    start(status, [*kept, ("Content-Length", str(len(body)))])
    return [body]


class _Quiet(werkzeug.serving.WSGIRequestHandler):
    def log_request(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def running_provider() -> Iterator[Provider]:
    """Run a provider on a port of its own."""
    provider = Provider()
    server = werkzeug.serving.make_server(
        "localhost", 0, provider, threaded=True, request_handler=_Quiet
    )
    provider.port = server.server_port
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


# ---------------------------------------------------------------------------------- a browser


class Reply(NamedTuple):
    """What came back. `cookies`: the `Set-Cookie` headers, as they are."""

    status: int
    headers: dict[str, str]
    cookies: list[str]
    text: str

    @property
    def location(self) -> str:
        return self.headers.get("location", "")


class Person:
    """A browser without a screen: it keeps cookies by host and port, and follows where told to."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.jar: dict[str, dict[str, str]] = {}

    @property
    def cookies(self) -> dict[str, str]:
        """Return what it keeps of the console."""
        return self.jar.setdefault(urlsplit(self.base).netloc, {})

    def ask(
        self,
        method: str,
        address: str,
        form: dict[str, str] | str | bytes | None = None,
        **headers: str,
    ) -> Reply:
        """Ask once, without following anything."""
        parts = urlsplit(urljoin(self.base, address))
        kept = self.jar.setdefault(parts.netloc, {})
        wanted = "*/*" if parts.path.startswith(PROGRAMS) else "text/html"
        sent = {"Accept": wanted, **{k.replace("_", "-"): v for k, v in headers.items()}}
        if kept:
            sent.setdefault("Cookie", "; ".join(f"{n}={v}" for n, v in kept.items()))
        body = urlencode(form) if isinstance(form, dict) else form
        body = body.encode() if isinstance(body, str) else body
        if isinstance(form, dict):
            sent.setdefault("Content-Type", "application/x-www-form-urlencoded")
        connection = HTTPConnection(parts.hostname or "", parts.port, timeout=20)
        try:
            target = parts.path + (f"?{parts.query}" if parts.query else "")
            connection.request(method, target, body, sent)
            answer = connection.getresponse()
            text = answer.read().decode("utf-8", "replace")
        finally:
            connection.close()
        set_cookies = answer.headers.get_all("Set-Cookie") or []
        for line in set_cookies:
            pair, _, rest = line.partition(";")
            name, _, value = pair.partition("=")
            if "max-age=0" in rest.lower():
                kept.pop(name, None)
            else:
                kept[name] = value
        plain = {name.lower(): value for name, value in answer.headers.items()}
        return Reply(answer.status, plain, set_cookies, text)

    def get(self, address: str, **headers: str) -> Reply:
        return self.ask("GET", address, **headers)

    def at_provider(self, after: str = "/", **query: str) -> str:
        """Begin a login; returns the address at the provider."""
        begun = self.get("/login?" + urlencode({"next": after, **query}))
        assert begun.status == 303, begun.text
        return begun.location

    def agree(self, address: str, sub: str) -> str:
        """Log in at the provider; returns the address that it sends back to."""
        done = self.ask("POST", address, {"sub": sub})
        assert done.status == 302, done.text
        return done.location

    def log_in(self, sub: str, after: str = "/") -> Reply:
        """Log in from the beginning to the end; returns the answer to the callback."""
        return self.get(self.agree(self.at_provider(after), sub))

    def token(self, page: str = "/a") -> str:
        """Return the token of the forms of a page."""
        text = self.get(page).text
        return text.partition('name="csrf" content="')[2].partition('"')[0]


def now() -> int:
    """Return seconds since 1970, as tokens have them."""
    return int(time.time())
