"""How to reach the brokers: settings, secrets that do not show, and the opening of a client."""

import importlib
import logging
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec
from kafka.errors import KafkaTimeoutError
from kafka.net.compat import KafkaNetClient
from kafka.net.inet import KafkaNetSocket

from correlator.ports import ServerUnreachableError

_Client = TypeVar("_Client")

_SECRETS = ("ssl_password", "sasl_plain_password")

# A broker that comes back is found again within a second, not within the client's 30.
_RECONNECT_MS = 1_000


# At DEBUG these print every request byte for byte, the one with the password too.
_WIRE_LOGGERS = ("kafka.protocol.parser", "kafka.net.connection")


class SecretMissingError(Exception):
    """A `file:` or `env:` reference in the settings leads to nothing."""


class MissingExtensionError(Exception):
    """A compiled extension that Kafka's record format needs is not installed."""


class _DirectSocket(KafkaNetSocket):  # type: ignore[misc]  # no types there
    """A plain connection that closes its socket when it fails.

    The library's own leaves it to the garbage collector: one lost descriptor for each refused
    attempt while a broker is down. It chooses the class by the scheme of `proxy_url`.
    """

    SCHEMES = ("direct",)

    async def sock_connect(
        self, net: Any, sock: socket.socket, sockaddr: Any, timeout_at: float | None = None
    ) -> socket.socket:
        try:
            await super().sock_connect(net, sock, sockaddr, timeout_at=timeout_at)
        except BaseException:
            sock.close()
            raise
        return sock


class _Network(KafkaNetClient):  # type: ignore[misc]  # no types there
    """A network client whose `close` leaves no socket open.

    The library's own means to send first what is still to be written, but ends its loop before.
    Here the loop ends first, so that nothing connects meanwhile; then the sockets are closed,
    as long as the selector that knows them is there.
    """

    def close(self, node_id: Any = None) -> None:
        if node_id is None:
            self._net.stop()
            for connection in list(self._manager._conns.values()):  # noqa: SLF001 - no public way
                if connection.transport is not None:
                    connection.transport._close()  # noqa: SLF001 - same
        super().close(node_id)


class Hidden(str):
    """A string that a log line, a repr or a traceback shows as `***`.

    Only `repr` is replaced: whoever is handed the value itself can still use it.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"


class KafkaSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The `kafka` section of the configuration.

    `ssl_*` and `sasl_*` are the client library's settings of the same name. `ssl_password` and
    `sasl_plain_password` hold the secret itself, or better `file:/path` or `env:NAME`, which is
    read when a connection is opened, so that a rotated secret is taken up by the next one.
    Times are milliseconds.
    """

    bootstrap_servers: tuple[str, ...] = ("localhost:9092",)
    client_id: str = "correlator"
    group_id: str | None = None
    """Under this name positions are shown to lag monitors; nothing is ever read back."""
    compression: Literal["none", "gzip", "lz4", "zstd"] = "lz4"
    connect_timeout_ms: int = 30_000
    request_timeout_ms: int = 10_000
    delivery_timeout_ms: int = 30_000
    """After this long without an acknowledgement a message is reported as not published."""

    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    ssl_check_hostname: bool = True
    ssl_cafile: str | None = None
    ssl_certfile: str | None = None
    ssl_keyfile: str | None = None
    ssl_password: str | None = None
    ssl_crlfile: str | None = None
    ssl_ciphers: str | None = None
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "GSSAPI"] | None = None
    sasl_plain_username: str | None = None
    sasl_plain_password: str | None = None
    sasl_kerberos_service_name: str = "kafka"
    sasl_kerberos_domain_name: str | None = None

    def __post_init__(self) -> None:
        if not self.bootstrap_servers:
            raise ValueError("kafka.bootstrap_servers is empty")
        if self.delivery_timeout_ms < self.request_timeout_ms + 1_000:
            raise ValueError(
                "kafka.delivery_timeout_ms must exceed kafka.request_timeout_ms by a second"
            )
        for name in _SECRETS:
            value = getattr(self, name)
            if value is not None and not value.startswith(("file:", "env:")):
                msgspec.structs.force_setattr(self, name, Hidden(value))

    @property
    def servers(self) -> str:
        """The bootstrap servers as one word for messages."""
        return ",".join(self.bootstrap_servers)

    def security(self) -> dict[str, Any]:
        """Return the security settings that are set, with the secrets' references followed."""
        chosen = {
            name: getattr(self, name)
            for name in self.__struct_fields__
            if name.startswith(("security_", "ssl_", "sasl_")) and getattr(self, name) is not None
        }
        for name in _SECRETS:
            if name in chosen:
                chosen[name] = _secret(name, chosen[name])
        return chosen


def _secret(name: str, reference: str) -> Hidden:
    kind, _, where = reference.partition(":")
    if kind == "file":
        try:
            return Hidden(Path(where).read_text(encoding="utf-8").rstrip("\r\n"))
        except OSError as error:
            raise SecretMissingError(f"kafka.{name}: {error.strerror}: {where}") from error
    if kind == "env":
        if where not in os.environ:
            raise SecretMissingError(f"kafka.{name}: no environment variable {where}")
        return Hidden(os.environ[where])
    return Hidden(reference)


def open_client(
    kind: Callable[..., _Client],
    settings: KafkaSettings,
    *,
    timeout_ms: int | None = None,
    **config: Any,
) -> _Client:
    """Open a consumer, producer or admin client; `ServerUnreachableError` when nobody answers.

    The network client is made here for two reasons. A client whose constructor fails leaves its
    thread and sockets behind, so they are closed here. And the secrets go to it directly: the
    outer client never sees them, so its debug log cannot show them (the admin client would also
    refuse `ssl_ciphers`).
    """
    security = settings.security()
    for name in _WIRE_LOGGERS:
        logger = logging.getLogger(name)
        logger.setLevel(max(logging.INFO, logger.getEffectiveLevel()))
    networks: list[_Network] = []

    def network(**given: Any) -> _Network:
        networks.append(_Network(**{**given, **security}))
        return networks[-1]

    within = settings.connect_timeout_ms if timeout_ms is None else timeout_ms
    options = {
        "bootstrap_servers": list(settings.bootstrap_servers),
        "client_id": settings.client_id,
        "bootstrap_timeout_ms": within,
        "request_timeout_ms": settings.request_timeout_ms,
        "reconnect_backoff_max_ms": _RECONNECT_MS,
        "kafka_client": network,
        "proxy_url": f"{_DirectSocket.SCHEMES[0]}://",
    }
    try:
        return kind(**{**options, **config})
    except BaseException as error:
        for orphan in networks:
            orphan.close()
        if isinstance(error, KafkaTimeoutError):
            raise ServerUnreachableError(
                f"no Kafka broker answered at {settings.servers} within {within / 1000:g} s "
                f"({settings.security_protocol})"
            ) from error
        raise


def require_extensions() -> None:
    """Refuse to start without what the record format needs.

    Checksums without the compiled `crc32c` make reading about nine times slower; without lz4 and
    zstd one compressed batch from any producer would stop a partition.
    """
    missing = [name for name in ("crc32c", "lz4.frame", "zstandard") if not _imports(name)]
    if missing:
        raise MissingExtensionError(
            f"cannot import {', '.join(missing)}: install kafka-python[crc32c,lz4,zstd]"
        )


def _imports(module: str) -> bool:
    try:
        importlib.import_module(module)
    except ImportError:
        return False
    return True
