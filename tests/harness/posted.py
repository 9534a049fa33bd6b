"""What other systems post, of each resource one: the bodies, and the ids of what came of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from correlator.adapters.callbacks import CallbackSettings

if TYPE_CHECKING:
    from tests.harness.system import System

CALLBACKS = CallbackSettings(hosts=("noc.example",), secret="poivre")
PROBLEMS = "/tmf-api/serviceProblemManagement/v4"
BODIES: dict[str, dict[str, Any]] = {
    "POST serviceProblem": {
        "category": "interconnect",
        "priority": 2,
        "description": "Plus de transit vers l'Espagne",
        "reason": "unknown",
        "originatorParty": {"id": "PARTNER-7", "role": "partner"},
    },
    "PATCH serviceProblem": {"status": "acknowledged"},
    "POST alarm": {
        "alarmedObject": {"id": "DSL-01A/C1"},
        "alarmType": "equipmentAlarm",
        "perceivedSeverity": "critical",
        "probableCause": "equipmentMalfunction",
        "sourceSystemId": "ems-1",
        "state": "raised",
        "alarmRaisedTime": "2026-03-03T08:39:02Z",
    },
    "PATCH alarm": {"state": "cleared"},
    "POST troubleTicket": {
        "description": "plus de synchro",
        "severity": "minor",
        "ticketType": "no-sync",
        "relatedParty": [{"id": "C01A101", "role": "customer"}],
    },
    "PATCH troubleTicket": {"status": "closed"},
    "POST agent-links": {"agent": "m.durand", "ticket": "T00001", "customer": "C01A101"},
    "POST hub": {
        "callback": "https://noc.example/told",
        "query": "eventType=ServiceProblemStateChangeEvent",
    },
    "POST alertmanager": {
        "version": "4",
        "alerts": [
            {
                "status": "firing",
                "labels": {"alertname": "CardDown", "equipment": "DSL-01A/C1"},
                "startsAt": "2026-03-03T08:39:02Z",
                "endsAt": "0001-01-01T00:00:00Z",
                "fingerprint": "c0ffee",
            }
        ],
    },
}


def posted(system: System) -> dict[str, str]:
    """Have one of each posted; return the ids by resource."""
    places = {
        "serviceProblem": f"{PROBLEMS}/serviceProblem",
        "alarm": "/tmf-api/alarmManagement/v4/alarm",
        "troubleTicket": "/tmf-api/troubleTicket/v4/troubleTicket",
        "hub": f"{PROBLEMS}/hub",
    }
    found = {}
    for name, path in places.items():
        said = system.ask("POST", path, BODIES[f"POST {name}"])
        assert said.status == 201, said
        found[name] = said.body["id"]
    records = system.get(f"{PROBLEMS}/serviceProblemEventRecord?limit=1").body
    return found | {"serviceProblemEventRecord": records[0]["id"]}


def body_of(method: str, path: str, problem: str) -> dict[str, Any] | None:
    """Return a body for an operation of these, None where it is none of them."""
    name = path.removesuffix("/{id}").rpartition("/")[2]
    if name.startswith("problem"):
        part = {"id": problem}
        return {"problem": [part]} | {"parentProblem": part, "childProblem": [part]}
    return BODIES.get(f"{method} {name}")


def resource_of(path: str) -> str:
    """Return the resource of an address of TM Forum's APIs, "" of any other."""
    return path.split("/")[4] if path.startswith("/tmf-api/") else ""
