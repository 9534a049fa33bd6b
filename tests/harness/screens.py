"""Pictures of every screen, for the README and the guide: `make screens`.

The demo's evening runs in the console; people act on it through the same requests as a page; a
browser takes the pictures, in both themes.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import HTTPCookieProcessor, Request, build_opener, urlopen

from playwright.sync_api import Browser, sync_playwright

import topology

ROOT = Path(__file__).parents[2]
SCREENS = ROOT / "docs" / "screens"
THEMES = {"dark": "sombre", "light": "clair"}
CALLERS = 40  # of the aggregation switch, before its picture is taken
REPORTED = (
    {
        "category": "téléphonie",
        "priority": 4,
        "description": "Des appels vers des numéros portés échouent par moments.",
        "reason": "à l'étude",
        "originatorParty": {"id": "VOICE-1", "name": "Supervision de la voix", "role": "noc"},
    },
    {
        "category": "transit",
        "priority": 2,
        "description": "Plus de transit vers l'Espagne : certains sites ne s'ouvrent pas.",
        "reason": "câble coupé",
        "originatorParty": {"id": "PARTNER-7", "name": "Transit Sud", "role": "partner"},
    },
)
"""Service problems (TMF656) that other systems report, of no equipment."""


class Visitor:
    """A person at the console, without a browser."""

    def __init__(self, base: str) -> None:
        self.base = base
        self._open = build_opener(HTTPCookieProcessor(CookieJar())).open
        self._acts = 0

    def page(self, path: str) -> str:
        """Return a page."""
        return str(self._open(self.base + path, timeout=10).read().decode())

    def rows(self) -> dict[str, tuple[str, int, int]]:
        """Return what is in the queue: by domain, the incident, its `rev` and its callers."""
        html = self.page("/?bande=")
        found = {}
        for body in html.split("<tbody ")[1:]:
            key = re.search(r'value="([^":]+):(\d+)"', body)
            choose = re.search(r'aria-label="\S+ ([^"]+)"', body)
            callers = re.search(r"<b>([\d\u202f]+)</b> /", body)
            if key and choose:
                count = int(re.sub(r"\D", "", callers[1])) if callers else 0
                found[choose[1]] = (key[1], int(key[2]), count)
        return found

    def report(self, problem: dict[str, Any]) -> str:
        """Report a service problem as a program of this machine; returns its id."""
        path = "/tmf-api/serviceProblemManagement/v4/serviceProblem"
        body = json.dumps(problem).encode()
        request = Request(self.base + path, body, {"Content-Type": "application/json"})
        with urlopen(request, timeout=10) as answer:
            return str(json.loads(answer.read())["id"])

    def act(self, verb: str, incident: str, **fields: Any) -> dict[str, Any]:
        """Do something to an incident; returns the outcome."""
        self._acts += 1
        token = re.search(r'name="csrf" content="([^"]+)"', self.page("/"))
        body = {"verb": verb, "ids": [incident], "action": f"screens-{self._acts}", **fields}
        request = Request(
            f"{self.base}/do",
            json.dumps(body).encode(),
            {
                "Content-Type": "application/json",
                "Accept": "application/json",
                "X-CSRF": token[1] if token else "",
            },
        )
        outcomes = json.loads(self._open(request, timeout=10).read())["outcomes"]
        return dict(outcomes[0])


@contextmanager
def evening(out: Path, port: int) -> Iterator[Visitor]:
    """Run the demo; yields a visitor once its console answers."""
    command = [
        str(Path(sys.executable).with_name("correlator")), "demo", "--out", str(out),
        "--port", str(port),
    ]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    visitor = Visitor(f"http://127.0.0.1:{port}")
    try:
        until(lambda: _answers(visitor), 60)
        yield visitor
    finally:
        process.terminate()
        process.wait(15)


def _answers(visitor: Visitor) -> bool:
    try:
        return bool(visitor.page("/"))
    except (URLError, OSError):
        return False


def until(holds: Any, seconds: float) -> None:
    """Wait until something holds; raises TimeoutError."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError(holds)
        time.sleep(0.2)


def pace(out: Path, **change: Any) -> None:
    """Change the pace of the demo, as its bar does."""
    file = out / "pace.json"
    known = json.loads(file.read_bytes())
    file.write_text(json.dumps({**known, **change}))


def story(out: Path, visitor: Visitor) -> tuple[str, str]:
    """Play until there is something of everything; returns the incident and a customer below it."""
    until(lambda: any("/C" in domain for domain in visitor.rows()), 120)
    card = next(row for domain, row in visitor.rows().items() if "/C" in domain)[0]
    visitor.act("acknowledge", card)
    visitor.act("confirm", card)
    text = {"audience": "n1", "phase": "confirmed"}
    french = "Une panne touche quelques lignes de votre quartier. Il n'y a rien à faire chez vous."
    english = "A failure affects some lines near you. There is nothing you need to do."
    visitor.act("say", card, fr=french, en=english, **text)
    visitor.act("promise", card, restore="19:00", source="NOC", confidence="likely")
    taken, _ = map(visitor.report, REPORTED)
    visitor.act("reported", "", id=taken, rev="1", status="acknowledged")
    pace(out, skips=1)
    until(lambda: any(row[2] >= CALLERS for _, row in switches(visitor)), 240)
    pace(out, paused=True)
    domain, row = next(switches(visitor))
    inventory = topology.load(out / "world" / "topology")
    number = inventory.domain(domain)
    customer = next(inventory.customers_under(number if number is not None else 0))
    return row[0], customer


def switches(visitor: Visitor) -> Iterator[tuple[str, tuple[str, int, int]]]:
    """Yield the aggregation switches in the queue."""
    return ((domain, row) for domain, row in visitor.rows().items() if domain.startswith("AGG"))


def shots(incident: str, customer: str) -> dict[str, str]:
    """Return the pictures: name → address."""
    return {
        "queue": "/",
        "reported": "/signales",
        "incident": f"/i/{incident}",
        "message": f"/i/{incident}/message",
        "tickets": f"/i/{incident}/tickets",
        "agent": f"/a/{customer}",
        "wall": "/mur",
        "flash": "/n1",
        "rules": "/regles",
        "handover": "/releve",
    }


def take(browser: Browser, visitor: Visitor, pictures: dict[str, str]) -> None:
    """Take every picture in both themes."""
    for scheme, name in THEMES.items():
        context = browser.new_context(
            locale="fr-FR",
            timezone_id="Europe/Paris",
            viewport={"width": 1280, "height": 800},
            color_scheme=scheme,  # type: ignore[arg-type]
            reduced_motion="reduce",
        )
        page = context.new_page()
        for picture, address in pictures.items():
            page.goto(visitor.base + address)
            page.wait_for_load_state("load")
            page.evaluate("document.fonts.ready")
            page.screenshot(path=SCREENS / f"{picture}-{name}.png", full_page=True)
        context.close()


def main() -> None:
    """Take all pictures into docs/screens."""
    chromium = os.environ.get("CORRELATOR_CHROMIUM") or shutil.which("chromium")
    SCREENS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        out = Path(folder) / "demo"
        with evening(out, 8193) as visitor:
            incident, customer = story(out, visitor)
            browser = playwright.chromium.launch(
                executable_path=chromium, args=["--no-sandbox"] if os.getuid() == 0 else []
            )
            take(browser, visitor, shots(incident, customer))
            browser.close()


if __name__ == "__main__":
    main()
