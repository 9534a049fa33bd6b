"""Subscribers are called about what happens to incidents: a daemon, a console, a subscriber."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NamedTuple

import pytest
import trustme

from correlator.adapters.callbacks import CallbackSettings
from correlator.adapters.host import wall_clock
from correlator.adapters.sql import Hubs
from correlator.adapters.sql.hubs import forget_orphans
from tests.harness.console import Console, running_console
from tests.harness.subscribers import Subscriber
from tests.harness.system import System
from tests.harness.waiting import until

HUB = "/tmf-api/serviceProblemManagement/v4/hub"


class Scene(NamedTuple):
    console: Console
    subscriber: Subscriber
    slow: Subscriber
    system: System


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("hub")
    ca = trustme.CA()
    ca.cert_pem.write_to_path(folder / "ca.pem")
    subscriber = Subscriber(ca)
    slow = Subscriber(ca)
    slow.drips = True
    hosts = (f"localhost:{subscriber.port}", f"localhost:{slow.port}", "localhost:1")
    callbacks = CallbackSettings(hosts, ("127.0.0.0/8", "::1/128"), folder / "ca.pem", "poivre")
    with running_console(folder, callbacks=callbacks) as console:
        yield Scene(console, subscriber, slow, System(console, "hub", "act"))
    subscriber.close()
    slow.close()


def told(scene: Scene, path: str) -> list[tuple[str, str, str]]:
    """Return what was told at a path: type of event, incident, status."""
    events = [json.loads(body) for where, _, body in scene.subscriber.came if where == path]
    return [
        (one["eventType"], found["id"], found["status"])
        for one in events
        for found in [one["event"]["serviceProblem"]]
    ]


def subscribe(scene: Scene, path: str, query: str = "") -> str:
    callback = f"https://localhost:{scene.subscriber.port}{path}"
    said = scene.system.ask("POST", HUB, {"callback": callback, "query": query})
    assert (said.status, said.body["callback"]) == (201, callback)
    assert said.headers["location"] == f"{HUB}/{said.body['id']}"
    return str(said.body["id"])


def test_a_subscriber_is_told_in_order_and_only_what_it_asked_for(scene: Scene) -> None:
    everything = subscribe(scene, "/all")
    assert subscribe(scene, "/all") == everything, "the same subscription"
    subscribe(scene, "/states", "eventType=ServiceProblemStateChangeEvent")
    incident = scene.console.burst()
    scene.console.act(incident, "resolve", reason="réparé")
    until(lambda: ("ServiceProblemStateChangeEvent", incident, "resolved") in told(scene, "/all"))
    mine = [kind for kind, key, _ in told(scene, "/all") if key == incident]
    assert mine[0] == "ServiceProblemCreateEvent"
    until(lambda: told(scene, "/states"))
    assert {kind for kind, _, _ in told(scene, "/states")} == {"ServiceProblemStateChangeEvent"}
    assert all("webhook-signature" in headers for _, headers, _ in scene.subscriber.came)


def test_who_does_not_answer_is_told_later_and_misses_nothing(scene: Scene) -> None:
    subscribe(scene, "/later")
    scene.subscriber.status = 503
    incident = scene.console.burst()
    until(lambda: told(scene, "/later"))
    scene.console.act(incident, "acknowledge")
    scene.subscriber.status = 204
    scene.console.web.kill()
    scene.console.web.start()
    until(lambda: "inProgress" in {s for _, key, s in told(scene, "/later") if key == incident}, 90)
    kinds = [kind for kind, key, _ in told(scene, "/later") if key == incident]
    assert kinds[0] == "ServiceProblemCreateEvent"


def test_a_subscription_ends_at_once(scene: Scene) -> None:
    key = subscribe(scene, "/short")
    assert key in {one["id"] for one in scene.system.get(HUB).body}
    assert scene.system.ask("DELETE", f"{HUB}/{key}").status == 204
    assert scene.system.ask("DELETE", f"{HUB}/{key}").status == 404
    incident = scene.console.burst()
    other = subscribe(scene, "/other")
    scene.console.act(incident, "acknowledge")
    until(lambda: incident in {key for _, key, _ in told(scene, "/other")})
    assert not told(scene, "/short")
    assert scene.system.ask("DELETE", f"{HUB}/{other}").status == 204


@pytest.mark.parametrize(
    ("callback", "query", "status"),
    [
        ("https://evil.example/", "", 422),
        ("http://localhost/", "", 422),
        ("https://169.254.169.254/latest/meta-data", "", 422),
        ("https://localhost:1/", "eventType=EverythingEvent", 400),
        ("https://localhost:1/", "a=1", 400),
    ],
)
def test_what_may_not_be_called_is_refused(
    scene: Scene, callback: str, query: str, status: int
) -> None:
    said = scene.system.ask("POST", HUB, {"callback": callback, "query": query})
    assert (said.status, said.body["code"]) == (status, "invalid")


def test_a_subscription_is_its_systems_and_ends_with_its_token(scene: Scene) -> None:
    other = System(scene.console, "hub")
    callback = f"https://localhost:{scene.subscriber.port}/theirs"
    query = "eventType=ServiceProblemStateChangeEvent,ServiceProblemCreateEvent"
    key = other.ask("POST", HUB, {"callback": callback, "query": query}).body["id"]
    turned = "eventType=ServiceProblemCreateEvent,ServiceProblemStateChangeEvent"
    again = other.ask("POST", HUB, {"callback": callback, "query": turned})
    assert again.body["id"] == key, "the same, however it is written"
    assert key not in {one["id"] for one in scene.system.get(HUB).body}
    assert scene.system.ask("DELETE", f"{HUB}/{key}").status == 404
    other.revoke(wall_clock())
    subscribe(scene, "/ours")
    incident = scene.console.burst()
    until(lambda: incident in {one for _, one, _ in told(scene, "/ours")})
    assert not told(scene, "/theirs")
    store = scene.console.store
    with store.engine.begin() as connection:
        forget_orphans(connection, wall_clock())
    assert key not in {hub.id for hub in Hubs(store.engine).listed()}
    assert not _waits(scene, key)


def test_who_never_comes_to_an_end_keeps_nobody_else_waiting(scene: Scene) -> None:
    """It is hung up on after twenty seconds; the others are told meanwhile."""
    callback = f"https://localhost:{scene.slow.port}/"
    key = scene.system.ask("POST", HUB, {"callback": callback}).body["id"]
    subscribe(scene, "/meanwhile")
    scene.console.burst()
    until(lambda: scene.slow.dripped)
    later = scene.console.burst()
    until(lambda: later in {one for _, one, _ in told(scene, "/meanwhile")}, 10)
    assert scene.system.ask("DELETE", f"{HUB}/{key}").status == 204


def test_only_who_may_subscribes(scene: Scene) -> None:
    reader = System(scene.console, "read", "act", "ingest")
    assert reader.ask("POST", HUB, {"callback": "https://localhost:1/"}).status == 403
    assert reader.get(HUB).status == 403


def test_two_consoles_do_not_make_the_same_call(scene: Scene) -> None:
    hubs = Hubs(scene.console.store.engine)
    hub = hubs.add("serviceProblem", "https://localhost:1/", "", "x", 1)
    scene.console.burst()
    far = 2**52  # nobody's turn comes before, by the clock of the console that runs
    until(lambda: _waits(scene, hub.id))
    first = [call for call in hubs.claim(far) if call.hub.id == hub.id]
    assert len(first) == 1
    assert not [call for call in hubs.claim(far) if call.hub.id == hub.id]
    assert hubs.remove(hub.id)


def _waits(scene: Scene, hub: str) -> bool:
    with scene.console.store.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT hub FROM hub_outbox").all()
    return hub in {row[0] for row in rows}
