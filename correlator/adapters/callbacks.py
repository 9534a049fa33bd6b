"""Calls to addresses that others name: to allowed hosts only, and never further.

A name is resolved once, each of its addresses is looked at, and the connection is made to one of
those: a name that points elsewhere a moment later changes nothing (DNS rebinding). Redirects are
not followed.
"""

from __future__ import annotations

import hashlib
import hmac
import socket
import ssl
from base64 import b64encode
from contextlib import suppress
from http.client import HTTPException, HTTPSConnection
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from pathlib import Path
from threading import Timer
from typing import Final
from urllib.parse import SplitResult, urlsplit

import msgspec

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address

_TIMEOUT: Final = 10.0  # seconds, of each step
_PATIENCE: Final = 20.0  # seconds, of a whole call: less than it is claimed for
_LATE: Final = "hung up on: no answer in time"
_HTTPS: Final = 443
_NAT64: Final = IPv6Network("64:ff9b::/96")  # RFC 6052
_LONGEST: Final = 2_000  # letters of an address


class CallbackSettings(msgspec.Struct, frozen=True):
    """Which addresses may be called.

    `hosts`: names, with a port where it is not 443. `networks`: where they may be, beside the
    public addresses (`10.0.0.0/8`). `ca`: the certificates of who signs theirs, where the system
    does not know it. `secret`: what calls are signed with.
    """

    hosts: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    ca: Path | None = None
    secret: str = ""


class ForbiddenAddressError(ValueError):
    """An address that is not to be called, and why."""


class CallFailedError(Exception):
    """A call that was not taken; it may be tried again."""


class Caller:
    """Posts JSON to allowed addresses. Safe to share between threads."""

    def __init__(self, settings: CallbackSettings) -> None:
        """Raise ValueError for a network that is none, OSError for certificates unreadable."""
        self._hosts = frozenset(host.lower() for host in settings.hosts)
        self._networks = tuple(ip_network(one) for one in settings.networks)
        self._secret = settings.secret.encode()
        known = settings.ca
        self._tls = ssl.create_default_context(cafile=None if known is None else str(known))

    def check(self, url: str) -> None:
        """Raise `ForbiddenAddressError` for an address that may not be called, whoever asks."""
        self._split(url)

    def _split(self, url: str) -> SplitResult:
        if len(url) > _LONGEST or not url.isascii() or not url.isprintable() or " " in url:
            raise ForbiddenAddressError("an address is printable ASCII of up to 2,000 letters")
        try:
            parts = urlsplit(url)
            host, port = (parts.hostname or "").lower(), parts.port or _HTTPS
        except ValueError as error:
            raise ForbiddenAddressError("no address") from error
        if parts.scheme != "https" or "@" in parts.netloc:
            raise ForbiddenAddressError("only https://host/… is called")
        if (host if port == _HTTPS else f"{host}:{port}") not in self._hosts:
            raise ForbiddenAddressError(f"{parts.netloc}: not among the hosts that may be called")
        return parts

    def post(self, url: str, body: bytes, key: str, now: int) -> None:
        """Post JSON, signed as Standard Webhooks do; `key`: of the message, `now`: clock, seconds.

        Raises `ForbiddenAddressError`, and `CallFailedError` unless the answer is a 2xx.
        """
        parts = self._split(url)
        host, port = parts.hostname or "", parts.port or _HTTPS
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        headers = {"Content-Type": "application/json", **self._signed(body, key, now)}
        connection = _Pinned(host, port, self._addresses(host, port), self._tls)
        # Whoever answers a byte now and then is hung up on: each of these steps would be in time.
        watch = Timer(_PATIENCE, connection.hang_up)
        watch.start()
        try:
            connection.request("POST", path, body, headers)
            answer = connection.getresponse()
            answer.read(1_000)
        except (OSError, HTTPException) as error:
            late = connection.hung_up
            raise CallFailedError(
                _LATE if late else f"{type(error).__name__}: {error}"[:200]
            ) from error
        finally:
            watch.cancel()
            connection.close()
        if connection.hung_up:  # what came till then may look like an answer
            raise CallFailedError(_LATE)
        if not 200 <= answer.status < 300:
            raise CallFailedError(f"HTTP {answer.status}")

    def _addresses(self, host: str, port: int) -> list[str]:
        """Return where a host is; raises for one that is where nothing is to be called."""
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise CallFailedError(f"{host}: not found") from error
        addresses = [str(one[4][0]) for one in found]
        for address in addresses:
            if not self._is_open(address):
                raise ForbiddenAddressError(f"{host} is at {address}, which is not to be called")
        return addresses

    def _is_open(self, text: str) -> bool:
        address = _meant(ip_address(text.partition("%")[0]))
        within = any(address in network for network in self._networks)
        return within or (address.is_global and not address.is_multicast)

    def _signed(self, body: bytes, key: str, now: int) -> dict[str, str]:
        signed = hmac.new(self._secret, f"{key}.{now}.".encode() + body, hashlib.sha256).digest()
        return {
            "webhook-id": key,
            "webhook-timestamp": str(now),
            "webhook-signature": f"v1,{b64encode(signed).decode()}",
        }


def _meant(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 address stands for, where it stands for one."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour or address


class _Pinned(HTTPSConnection):
    """A connection to addresses that were looked at; the certificate is that of the name."""

    def __init__(self, host: str, port: int, addresses: list[str], tls: ssl.SSLContext) -> None:
        super().__init__(host, port, timeout=_TIMEOUT, context=tls)
        self._addresses, self._tls = addresses, tls
        self.hung_up = False

    def connect(self) -> None:
        """Connect to the first address that answers, with TLS to the name."""
        tls = self._tls.wrap_socket(
            self._plain(), server_hostname=self.host, do_handshake_on_connect=False
        )
        self.sock = tls  # before they shake hands, so that it can be hung up on in that as well
        tls.do_handshake()

    def _plain(self) -> socket.socket:
        *others, last = self._addresses
        for address in others:
            with suppress(OSError):
                return socket.create_connection((address, self.port), self.timeout)
        return socket.create_connection((last, self.port), self.timeout)

    def hang_up(self) -> None:
        """Break the connection off, from another thread."""
        self.hung_up = True
        if self.sock is not None:
            with suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)
