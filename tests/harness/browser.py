"""A real browser for tests: the distribution's Chromium, driven by Playwright, heard by tests.

Chromium comes from the system, not from Playwright, which would fetch one from elsewhere. It takes
about a second to start and is shared by all tests; each test has contexts (cookies, storage,
workers) of its own. Whatever the browser holds against a page fails the test: `Complaints`.

Under the console's content security policy `page.evaluate` works. `page.wait_for_function` wants a
function, `"() => window.ready"`: an expression would have to be evaluated by the page each time.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from importlib.resources import files
from itertools import count
from typing import Any, NamedTuple

from playwright.sync_api import (
    Browser,
    BrowserContext,
    CDPSession,
    ConsoleMessage,
    Error,
    Frame,
    Page,
    WebError,
    expect,
    sync_playwright,
)

from tests.harness.unavailable import ServerMissingError

_ASKED = 100
"""How often a worker that is asked is waited for."""

_BEGINS = 0.3
"""Seconds after which a shared worker has begun, or is gone."""

PATIENCE_MS = 15_000
"""How long an action or an expectation may take on a busy machine."""

_DEFAULTS = {
    "locale": "fr-FR",
    "timezone_id": "Europe/Paris",
    "viewport": {"width": 1280, "height": 800},
    "reduced_motion": "reduce",  # or colours are measured in the middle of a fade
}

# Not every violation is on the console: an `eval` that the page catches is not.
_VIOLATIONS = """
globalThis.watched ??= addEventListener("securitypolicyviolation", (e) => console.error(
    `Content Security Policy: ${e.effectiveDirective} blocked ${e.blockedURI || "inline"}`
)) ?? true;
"""

# A page is told that its shared worker could not be loaded, though not always; the console says
# nothing. So its script is asked for as well.
_LOADING = """
if (globalThis.SharedWorker) globalThis.SharedWorker = class extends SharedWorker {
    constructor(url, ...options) {
        super(url, ...options);
        const failed = () => console.error(`Shared worker did not start: ${url}`);
        this.addEventListener("error", failed);
        fetch(url, { cache: "force-cache" }).then(({ ok }) => ok || failed(), () => 0);
    }
};
"""


class Complaints:
    """What the browser said against the pages of one test: errors, rejections, violations."""

    def __init__(self) -> None:
        self._heard: list[str] = []
        self._allowed: list[re.Pattern[str]] = []
        self.ask: Callable[[], None] = lambda: None
        """Hears what is only said when it is asked."""

    def allow(self, *patterns: str) -> None:
        """Accept what these regular expressions find, said before or later."""
        self._allowed += map(re.compile, patterns)

    def hear(self, text: str) -> None:
        self._heard.append(text.strip())

    def take(self) -> list[str]:
        """Return what is not allowed so far, and forget it."""
        self.ask()
        heard, self._heard = self._heard, []
        return [text for text in heard if not any(each.search(text) for each in self._allowed)]

    def listen(self, context: BrowserContext) -> None:
        """Hear everything on the pages of a context, and in their dedicated workers."""
        context.add_init_script(_VIOLATIONS + _LOADING)
        context.on("console", self._console)
        context.on("weberror", self._uncaught)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.hear(f"{message.text} ({message.location['url']})")

    def _uncaught(self, error: WebError) -> None:
        self.hear(f"Uncaught {error.error.stack or error.error}")


class SharedWorkers:
    """Hears the shared workers of all contexts, of which Playwright itself tells nothing.

    Nobody stays attached to one: where its page goes on to another, it would be left half alive,
    and the next page would hear nothing from it. What it said is told again when it is asked; one
    that has just begun is not asked yet: where its script is missing, Chromium dies of it.
    """

    def __init__(self, browser: Browser, complaints: Complaints) -> None:
        self._complaints = complaints
        self._ids = count()
        self._targets: dict[str, float] = {}  # since when
        self._asked: dict[str, int] = {}  # by session: the last thing that it is asked
        self._heard: set[tuple[str, str]] = set()  # by target, what it has said
        self._of: dict[str, str] = {}  # session → target
        self._devtools: CDPSession = browser.new_browser_cdp_session()
        self._devtools.on("Target.targetCreated", self._created)
        self._devtools.on("Target.targetDestroyed", self._destroyed)
        self._devtools.on("Target.receivedMessageFromTarget", self._said)
        self._devtools.send("Target.setDiscoverTargets", {"discover": True})

    def close(self) -> None:
        self._devtools.detach()

    def ask(self) -> None:
        """Hear what all that live have said by now, but those that have just begun."""
        for target, since in tuple(self._targets.items()):
            if time.monotonic() - since >= _BEGINS:
                self._ask(target)
        for _ in range(_ASKED):
            if not self._asked:
                return
            self._devtools.send("Browser.getVersion")

    def ask_all(self) -> None:
        """Hear what all have said, once the last of them has begun."""
        while any(time.monotonic() - since < _BEGINS for since in self._targets.values()):
            time.sleep(_BEGINS / 10)
            self._devtools.send("Browser.getVersion")  # and hear which have ended
        self.ask()

    def _created(self, event: dict[str, Any]) -> None:
        target = event["targetInfo"]
        if target["type"] == "shared_worker":
            self._targets[target["targetId"]] = time.monotonic()

    def _destroyed(self, event: dict[str, Any]) -> None:
        target = event["targetId"]
        self._targets.pop(target, None)
        for session in [one for one, of in self._of.items() if of == target]:
            self._asked.pop(session, None)

    def _ask(self, target: str) -> None:
        try:
            # Not flat: Playwright drops what comes from a session that it has not opened itself.
            attach = {"targetId": target, "flatten": False}
            session = self._devtools.send("Target.attachToTarget", attach)["sessionId"]
            self._of[session] = target
            # What was said before is told again once these are on.
            self._send(session, "Runtime.enable")
            self._send(session, "Log.enable")
            self._asked[session] = self._send(session, "Runtime.evaluate", expression=_VIOLATIONS)
        except Error:
            self._targets.pop(target, None)  # it has ended already

    def _send(self, session: str, method: str, **params: str) -> int:
        number = next(self._ids)
        message = json.dumps({"id": number, "method": method, "params": params})
        send = {"sessionId": session, "message": message}
        self._devtools.send("Target.sendMessageToTarget", send)
        return number

    def _said(self, event: dict[str, Any]) -> None:
        message, session = json.loads(event["message"]), event["sessionId"]
        text = _error_of(message.get("method", ""), message.get("params", {}))
        said = self._of[session], f"{text} {message.get('params', {}).get('timestamp', '')}"
        if text and said not in self._heard:
            self._heard.add(said)
            self._complaints.hear(f"{text} (in a shared worker)")
        if "id" in message and message["id"] == self._asked.get(session):
            del self._asked[session]
            with suppress(Error):  # it has ended meanwhile
                self._devtools.send("Target.detachFromTarget", {"sessionId": session})


def _error_of(method: str, params: dict[str, Any]) -> str:
    """Return the words of an error, "" for anything else."""
    match method:
        case "Log.entryAdded" if params["entry"]["level"] == "error":
            return f"{params['entry']['text']} {params['entry'].get('url', '')}"
        case "Runtime.exceptionThrown":
            details = params["exceptionDetails"]
            return f"Uncaught {details.get('exception', {}).get('description', details['text'])}"
        case "Runtime.consoleAPICalled" if params["type"] in {"error", "assert"}:
            return " ".join(
                str(each.get("value", each.get("description", ""))) for each in params["args"]
            )
    return ""


class Chromium:
    """One browser, asleep between tests.

    Playwright's plain interface keeps an event loop running in this thread from its start to its
    end. A test without a browser that came in between would find that loop and could not
    `asyncio.run` anything, so it shows only while a test holds the browser.
    """

    def __init__(self) -> None:
        program = os.environ.get("CORRELATOR_CHROMIUM", "chromium")
        path = shutil.which(program)
        if path is None:
            raise ServerMissingError(f"there is no `{program}`")
        # As root its sandbox cannot be made.
        options = ["--no-sandbox"] if os.geteuid() == 0 else []
        self._playwright = sync_playwright().start()
        self._loop = asyncio.get_running_loop()
        try:
            self._browser = self._playwright.chromium.launch(executable_path=path, args=options)
        except Error:
            self._playwright.stop()
            raise
        expect.set_options(timeout=PATIENCE_MS)
        asyncio._set_running_loop(None)

    @contextmanager
    def awake(self) -> Iterator[Browser]:
        """Hold the browser."""
        asyncio._set_running_loop(self._loop)
        try:
            yield self._browser
        finally:
            asyncio._set_running_loop(None)

    def stop(self) -> None:
        with self.awake():
            self._browser.close()
            self._playwright.stop()


class Contexts:
    """Makes contexts that are listened to: call it with Playwright's options for a context."""

    def __init__(self, browser: Browser, complaints: Complaints) -> None:
        self._browser = browser
        self._complaints = complaints
        self._workers = SharedWorkers(browser, complaints)
        complaints.ask = self._workers.ask
        self._opened: list[BrowserContext] = []

    def __call__(self, **options: Any) -> BrowserContext:
        """Open another browser, as far as a page can tell; its tabs are `new_page()`."""
        context = self._browser.new_context(**{**_DEFAULTS, **options})
        context.set_default_timeout(PATIENCE_MS)
        self._complaints.listen(context)
        self._opened.append(context)
        return context

    def close(self) -> None:
        """Close all, having heard what they had to say."""
        self._workers.ask_all()
        self._complaints.ask = lambda: None
        for context in self._opened:
            context.close()
        self._workers.close()


# ------------------------------------------------------------------------------- accessibility


_LEVELS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa")
"""WCAG 2.0, 2.1 and 2.2 at levels A and AA, in the names of axe."""


class Accessibility(NamedTuple):
    """What axe found, one line for each element; `unsure`: contrast that it could not measure."""

    violations: list[str]
    unsure: list[str]


def axe(page: Page | Frame) -> Accessibility:
    """Judge a page as it is now; what is in its frames is judged by a call for each frame."""
    page.evaluate(_axe_source())
    options = {"runOnly": list(_LEVELS), "iframes": False}
    found = page.evaluate("options => axe.run(document, options)", options)
    unsure = [rule for rule in found["incomplete"] if rule["id"] == "color-contrast"]
    return Accessibility(_lines(found["violations"]), _lines(unsure))


@cache
def _axe_source() -> str:
    return (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")


def _lines(rules: list[dict[str, Any]]) -> list[str]:
    return [
        f"{rule['id']}{_reason(node)}: {rule['help']}: {' '.join(map(str, node['target']))}: "
        f"{node['html'][:200]}"
        for rule in rules
        for node in rule["nodes"]
    ]


def _reason(node: dict[str, Any]) -> str:
    """Return why axe could not measure something, in brackets; "" where it could."""
    data = [check["data"] for check in node["any"] if isinstance(check["data"], dict)]
    keys = [each["messageKey"] for each in data if each.get("messageKey")]
    return f" ({keys[0]})" if keys else ""
