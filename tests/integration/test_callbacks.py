"""Calls to addresses that others name, at a server with a certificate."""

from __future__ import annotations

import hashlib
import hmac
import socket
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from correlator.adapters.callbacks import (
    CallbackSettings,
    Caller,
    CallFailedError,
    ForbiddenAddressError,
)
from tests.harness.subscribers import Subscriber

SECRET = "poivre"


@pytest.fixture(scope="module")
def ca() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def subscriber(ca: trustme.CA) -> Iterator[Subscriber]:
    made = Subscriber(ca)
    yield made
    made.close()


@pytest.fixture
def known(ca: trustme.CA, tmp_path: Path) -> Path:
    file = tmp_path / "ca.pem"
    ca.cert_pem.write_to_path(file)
    return file


def caller(subscriber: Subscriber, known: Path | None, *networks: str) -> Caller:
    host = f"localhost:{subscriber.port}"
    return Caller(CallbackSettings((host,), networks, known, SECRET))


def test_a_call_is_posted_and_signed(subscriber: Subscriber, known: Path) -> None:
    url = f"https://localhost:{subscriber.port}/told?by=us"
    caller(subscriber, known, "127.0.0.0/8", "::1/128").post(url, b'{"a":1}', "GI-1-7", 1_790_000)
    ((path, headers, body),) = subscriber.came
    assert (path, body, headers["Content-Type"]) == ("/told?by=us", b'{"a":1}', "application/json")
    signed = hmac.new(SECRET.encode(), b'GI-1-7.1790000.{"a":1}', hashlib.sha256).digest()
    assert headers["webhook-id"] == "GI-1-7"
    assert headers["webhook-signature"] == f"v1,{b64encode(signed).decode()}"


@pytest.mark.parametrize("networks", [(), ("10.0.0.0/8",)])
def test_a_name_that_is_within_is_not_called(
    subscriber: Subscriber, known: Path, networks: tuple[str, ...]
) -> None:
    url = f"https://localhost:{subscriber.port}/"
    with pytest.raises(ForbiddenAddressError, match=r"127\.0\.0\.1|::1"):
        caller(subscriber, known, *networks).post(url, b"{}", "k", 1)
    assert not subscriber.came


def test_a_redirect_is_not_followed(subscriber: Subscriber, known: Path) -> None:
    subscriber.status = 302
    url = f"https://localhost:{subscriber.port}/"
    with pytest.raises(CallFailedError, match="302"):
        caller(subscriber, known, "127.0.0.0/8", "::1/128").post(url, b"{}", "k", 1)
    assert [path for path, _, _ in subscriber.came] == ["/"]


def test_a_name_is_looked_up_once_and_that_address_is_called(
    subscriber: Subscriber, known: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: the answer that is looked at and the one that is used are the same."""
    looks: list[str] = []

    def first_here_then_elsewhere(
        host: str, port: int, *_: object, **__: object
    ) -> list[tuple[object, ...]]:
        looks.append(host)
        where = "127.0.0.1" if len(looks) == 1 else "127.0.0.2"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (where, port))]

    monkeypatch.setattr(
        "correlator.adapters.callbacks.socket.getaddrinfo", _only_names(first_here_then_elsewhere)
    )
    url = f"https://localhost:{subscriber.port}/"
    caller(subscriber, known, "127.0.0.1/32").post(url, b"{}", "k", 1)
    assert (len(looks), len(subscriber.came)) == (1, 1)


def _only_names(found: object) -> object:
    """Answer for names only: connecting to an address asks as well."""
    real = socket.getaddrinfo

    def answer(host: str, *rest: object, **more: object) -> object:
        ask = found if host == "localhost" else real
        return ask(host, *rest, **more)  # type: ignore[operator]

    return answer


def test_one_address_within_among_others_is_enough_to_refuse(
    subscriber: Subscriber, known: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = [(socket.AF_INET, 1, 6, "", (ip, 443)) for ip in ("93.184.216.34", "169.254.169.254")]
    monkeypatch.setattr("correlator.adapters.callbacks.socket.getaddrinfo", lambda *_, **__: both)
    with pytest.raises(ForbiddenAddressError, match="169"):
        caller(subscriber, known).post(f"https://localhost:{subscriber.port}/", b"{}", "k", 1)


def test_a_certificate_of_somebody_else_is_refused(ca: trustme.CA, known: Path) -> None:
    other = Subscriber(ca, "elsewhere.example")
    try:
        with pytest.raises(CallFailedError, match="CERTIFICATE"):
            caller(other, known, "127.0.0.0/8", "::1/128").post(
                f"https://localhost:{other.port}/", b"{}", "k", 1
            )
        assert not other.came
    finally:
        other.close()


def test_who_answers_a_byte_now_and_then_is_hung_up_on(
    ca: trustme.CA, known: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("correlator.adapters.callbacks._PATIENCE", 0.5)
    slow = Subscriber(ca)
    slow.drips = True
    try:
        with pytest.raises(CallFailedError, match="in time"):
            caller(slow, known, "127.0.0.0/8", "::1/128").post(
                f"https://localhost:{slow.port}/", b"{}", "k", 1
            )
        assert slow.dripped > 0
    finally:
        slow.close()


def test_who_never_shakes_hands_is_hung_up_on(known: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("correlator.adapters.callbacks._PATIENCE", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        settings = CallbackSettings((f"localhost:{port}",), ("127.0.0.0/8", "::1/128"), known)
        with pytest.raises(CallFailedError, match="in time"):
            Caller(settings).post(f"https://localhost:{port}/", b"{}", "k", 1)


def test_another_address_is_tried_where_one_does_not_answer(
    subscriber: Subscriber, known: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = [(socket.AF_INET, 1, 6, "", (ip, subscriber.port)) for ip in ("127.0.0.9", "127.0.0.1")]
    monkeypatch.setattr(
        "correlator.adapters.callbacks.socket.getaddrinfo", _only_names(lambda *_, **__: both)
    )
    url = f"https://localhost:{subscriber.port}/"
    caller(subscriber, known, "127.0.0.0/8").post(url, b"{}", "k", 1)
    assert len(subscriber.came) == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://noc.example/",
        "https://noc.example:8443/",
        "https://evil.example/",
        "https://noc.example@evil.example/",
        "https://evil.example\\@noc.example/",
        "https://noc.example.evil.example/",
        "https://noc.example/\r\nHost: evil",
        "https://noc.example/ x",
        "https://[::1]/",
        "https://127.0.0.1/",
        "https://2130706433/",
        "file:///etc/passwd",
        "//noc.example/",
        "https://",
        "https://noc.example:99999/",
        "https://nöc.example/",
        "https://noc.example/" + "x" * 3_000,
    ],
)
def test_only_allowed_hosts_are_called(url: str) -> None:
    with pytest.raises(ForbiddenAddressError):
        Caller(CallbackSettings(("noc.example",))).check(url)


@pytest.mark.parametrize("url", ["https://noc.example/x", "https://NOC.example:443/?q=1"])
def test_allowed_hosts_are(url: str) -> None:
    Caller(CallbackSettings(("noc.example",))).check(url)


@pytest.mark.parametrize(
    "address",
    ["10.1.2.3", "127.0.0.1", "169.254.169.254", "::1", "fe80::1%eth0", "::ffff:10.0.0.1",
     "0.0.0.0", "224.0.0.1", "100.64.0.1", "fd00::1", "64:ff9b::a00:1",
     "2002:a00:1::1"],
)  # fmt: skip
def test_addresses_within_are_closed_unless_they_are_named(address: str) -> None:
    assert not Caller(CallbackSettings(("noc.example",)))._is_open(address)


@pytest.mark.parametrize(
    ("address", "network"), [("10.1.2.3", "10.1.0.0/16"), ("::ffff:10.0.0.1", "10.0.0.0/8")]
)
def test_a_network_that_is_named_is_open(address: str, network: str) -> None:
    assert Caller(CallbackSettings(("noc.example",), (network,)))._is_open(address)
    assert Caller(CallbackSettings())._is_open("93.184.216.34")
