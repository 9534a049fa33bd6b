"""The operator's provider, by OpenID Connect: code with PKCE (S256), state and nonce."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx2
import structlog
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.starlette_client import StarletteOAuth2App
from joserfc.errors import JoseError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from correlator.web.settings import Oidc

log = structlog.get_logger(__name__)

_TIMEOUT = 10.0  # seconds, of each request to the provider
_FRESH = 3_600.0  # seconds for which what the provider says of itself and its keys is kept
_LEEWAY = 60  # seconds by which the clock of the provider may be off
_MOST_OF_A_HINT = 4_000  # letters: it goes into an address
_MOST_OF_A_NAME = 60
# Signatures that whoever has the public key cannot make. `none` is no signature at all.
_SIGNATURES = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
)


class ProviderAwayError(Exception):
    """The provider does not answer, or not as one."""


class NotLoggedInError(Exception):
    """What a browser brought back is no login."""


class Beginning(NamedTuple):
    """Where to send a browser, and what to keep until it comes back."""

    url: str
    state: str
    nonce: str
    verifier: str


class Person(NamedTuple):
    """Who has logged in. `hint`: the ID token, "" where nobody needs it to log out."""

    subject: str
    name: str
    role: str
    hint: str


class Provider:
    """The provider of an operator; what it says of itself is asked again every hour."""

    def __init__(self, oidc: Oidc, url: str) -> None:
        """`url`: where people's browsers find this console."""
        self._oidc = oidc
        self._url = url
        self._app: Any = None
        self._since = 0.0

    async def begin(self, *, other: bool = False) -> Beginning:
        """Begin a login; `other`: as somebody else than who is logged in at the provider.

        Raises `ProviderAwayError`.
        """
        more = {"prompt": "login"} if other else {}
        try:
            app = await self._ready()
            made = await app.create_authorization_url(f"{self._url}/callback", **more)
        except _AWAY as error:
            raise _away(error) from error
        return Beginning(made["url"], made["state"], made["nonce"], made["code_verifier"])

    async def finish(self, code: str, nonce: str, verifier: str) -> Person:
        """Return who a code is about; raises `NotLoggedInError`, `ProviderAwayError`."""
        try:
            app = await self._ready()
            token = await app.fetch_access_token(
                f"{self._url}/callback", code=code, code_verifier=verifier
            )
            claims = await self._claims(app, token, nonce)
        except (AuthlibBaseError, JoseError) as error:
            raise NotLoggedInError(getattr(error, "error", "")) from error
        except _AWAY as error:
            raise _away(error) from error
        return self._person(claims, app.server_metadata, str(token["id_token"]))

    def is_issuer(self, named: str | None) -> bool:
        """Return whether an answer that names its issuer (RFC 9207) is of this provider."""
        return named is None or named.rstrip("/") == self._oidc.issuer.rstrip("/")

    async def logout_url(self, hint: str) -> str:
        """Return where to end the session at the provider as well, "" where that is not offered.

        `hint`: the ID token of the session, or "".
        """
        try:
            app = await self._ready()
            if not app.server_metadata.get("end_session_endpoint"):
                return ""
            made = await app.create_logout_url(
                f"{self._url}/logout", hint or None, client_id=self._oidc.client_id
            )
        except _AWAY as error:
            log.warning("provider_away", error=type(error).__name__)
            return ""
        return str(made["url"])

    async def _ready(self) -> Any:
        """Return the client, with what the provider says of itself."""
        now = asyncio.get_running_loop().time()
        if self._app is not None and now - self._since < _FRESH:
            return self._app
        issuer = self._oidc.issuer.rstrip("/")
        app = StarletteOAuth2App(
            None,
            client_id=self._oidc.client_id,
            client_secret=self._oidc.client_secret or None,
            server_metadata_url=f"{issuer}/.well-known/openid-configuration",
            client_kwargs={
                "scope": " ".join(self._oidc.scopes),
                "code_challenge_method": "S256",
                "timeout": _TIMEOUT,
            },
        )
        said = await app.load_server_metadata()
        if str(said.get("issuer", "")).rstrip("/") != issuer:
            raise ValueError("it says that it is another issuer")
        given = said.get("id_token_signing_alg_values_supported") or ["RS256"]
        said["id_token_signing_alg_values_supported"] = sorted(_SIGNATURES.intersection(given))
        ways = said.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        if self._oidc.client_secret and "client_secret_basic" not in ways:
            app.client_kwargs["token_endpoint_auth_method"] = "client_secret_post"  # noqa: S105 - the name of a way
        self._app, self._since = app, now
        return app

    async def _claims(self, app: Any, token: Mapping[str, Any], nonce: str) -> dict[str, Any]:
        """Return what an ID token says, once it is what was asked for; raises `JoseError`.

        What it does not say of name and groups is asked of the provider.
        """
        wanted = {
            "iss": {"essential": True, "value": app.server_metadata["issuer"]},
            "aud": {"essential": True, "value": self._oidc.client_id},
            "exp": {"essential": True},
        }
        claims = await app.parse_id_token(token, nonce, claims_options=wanted, leeway=_LEEWAY)
        if claims is None:
            raise NotLoggedInError("no ID token")
        known = dict(claims)
        needed = {self._oidc.name_claim, self._oidc.groups_claim}
        if needed - known.keys() and app.server_metadata.get("userinfo_endpoint"):
            more = await app.userinfo(token=token)
            if more.get("sub") == known["sub"]:
                known = {**more, **known}
        return known

    def _person(
        self, claims: Mapping[str, Any], metadata: Mapping[str, Any], id_token: str
    ) -> Person:
        subject = str(claims["sub"])
        said = claims.get(self._oidc.name_claim)
        name = "".join(one for one in str(said or subject) if one.isprintable())
        ends = bool(metadata.get("end_session_endpoint")) and len(id_token) <= _MOST_OF_A_HINT
        role = self._oidc.role(claims.get(self._oidc.groups_claim))
        return Person(subject, name.strip()[:_MOST_OF_A_NAME], role, id_token if ends else "")


_AWAY = (
    httpx2.HTTPError,
    httpx2.InvalidURL,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    RuntimeError,
)
"""What comes of a provider that is not there, or that does not speak as one."""


def _away(error: Exception) -> ProviderAwayError:
    log.warning("provider_away", error=type(error).__name__)
    return ProviderAwayError()
