"""What tests in a browser stand on: what a page does wrong is heard, and nothing else is."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Error, expect

from tests.harness.browser import PATIENCE_MS, Chromium, Complaints, Contexts, axe
from tests.harness.unavailable import ServerMissingError

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[2]
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; worker-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
KINDS = {"js": "text/javascript", "css": "text/css"}


def html(body: str, head: str = "") -> str:
    return (
        "<!doctype html><html lang='fr'><head><meta charset='utf-8'><title>Essai</title>"
        "<link rel='icon' href='data:,'>"
        f"{head}</head><body><main><h1>Essai</h1>{body}</main></body></html>"
    )


@contextmanager
def serving(files: Mapping[str, str]) -> Iterator[str]:
    """Serve these files under the console's policy; returns where."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = files.get(self.path)
            self.send_response(404 if content is None else 200)
            kind = KINDS.get(self.path.rpartition(".")[2], "text/html")
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Security-Policy", POLICY)
            self.end_headers()
            self.wfile.write((content or "").encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def heard(page: Page, complaints: Complaints, words: str) -> str:
    """Wait until something with these words is heard; returns all that was."""
    found: list[str] = []
    end = time.monotonic() + PATIENCE_MS / 1000
    while time.monotonic() < end:
        found += complaints.take()
        if words in "\n".join(found):
            return "\n".join(found)
        page.wait_for_timeout(50)
    raise AssertionError(f"{words!r} was not among {found}")


def test_nothing_is_held_against_a_page_that_keeps_to_the_policy(
    page: Page, complaints: Complaints
) -> None:
    files = {
        "/": html(
            "<p id='said'></p>",
            "<link rel='stylesheet' href='/a.css'><script type='module' src='/a.js'></script>",
        ),
        "/a.css": "h1 { color: #123 }",
        "/a.js": """
            const shared = new SharedWorker("/shared.js", { type: "module" });
            shared.port.onmessage = ({ data }) => {
                document.getElementById("said").textContent = data;
            };
            shared.port.start();
        """,
        "/shared.js": "onconnect = ({ ports: [port] }) => port.postMessage('bonjour');",
    }
    with serving(files) as place:
        page.goto(place)
        expect(page.locator("#said")).to_have_text("bonjour")
        assert page.evaluate("1 + 1") == 2
        assert axe(page) == ([], [])
    assert complaints.take() == []


def test_a_shared_worker_serves_the_next_page_in_its_place(
    page: Page, complaints: Complaints
) -> None:
    body = "<p id='said'></p><script type='module' src='/a.js'></script>"
    files = {
        "/": html(f"<a href='/next'>next</a>{body}"),
        "/next": html(body),
        "/a.js": """
            const shared = new SharedWorker("/shared.js");
            shared.port.onmessage = ({ data }) => {
                document.getElementById("said").textContent = data;
            };
        """,
        "/shared.js": "onconnect = ({ ports: [port] }) => port.postMessage('bonjour');",
    }
    with serving(files) as place:
        page.goto(place)
        for name in ("", "next"):
            expect(page.locator("#said")).to_have_text("bonjour")
            if not name:
                page.get_by_role("link").click()
    assert complaints.take() == []


FAULTS = {
    "an inline script": ("<script>1</script>", "", "Executing inline script violates"),
    "an inline style": ("<p style='color: red'>x</p>", "", "Applying inline style violates"),
    "an image from elsewhere": ("<img alt='' src='//127.0.0.2:1/x'>", "", "Loading the image"),
    "a caught eval": ("", "try { eval('1') } catch {}", "script-src blocked eval"),
    "a foreign worker": ("", "try { new Worker('data:,1') } catch {}", "Creating a worker"),
    "a request to elsewhere": ("", "fetch('//127.0.0.2:1/').catch(() => 0)", "connect-src"),
    "an error on the console": ("", "console.error('oh')", "oh"),
    "an uncaught error": ("", "throw new Error('not caught')", "Uncaught Error: not caught"),
    "a rejection": ("", "Promise.reject(new Error('rejected'))", "rejected"),
    "something missing": ("<img alt='' src='/nowhere.png'>", "", "status of 404"),
    "a worker's error": ("", "new Worker('/fault.js')", "Uncaught Error: at work"),
    "a shared worker's error": ("", "new SharedWorker('/fault.js')", "Uncaught Error: at work"),
    "a shared worker's console": ("", "new SharedWorker('/fault.js')", "said at work"),
    "a shared worker's request": ("", "new SharedWorker('/fault.js')", "Connecting to"),
    "a shared worker that is missing": ("", "new SharedWorker('/nowhere.js')", "did not start"),
}


@pytest.mark.parametrize(("body", "script", "words"), FAULTS.values(), ids=FAULTS)
def test_every_fault_of_a_page_is_heard(
    page: Page, complaints: Complaints, body: str, script: str, words: str
) -> None:
    files = {
        "/": html(body, "<script type='module' src='/a.js'></script>"),
        "/a.js": script,
        "/fault.js": """
            console.error("said at work");
            fetch("//127.0.0.2:1/").catch(() => 0);
            setTimeout(() => { throw new Error("at work"); }, 20);
        """,
    }
    with serving(files) as place:
        page.goto(place)
        assert words in heard(page, complaints, words)
        page.wait_for_timeout(100)
    complaints.allow(".")


def test_what_a_test_expects_is_not_held_against_it(page: Page, complaints: Complaints) -> None:
    complaints.allow("status of 404")
    with serving({"/": html("<img alt='' src='/nowhere.png'>")}) as place:
        page.goto(place)
        page.wait_for_timeout(100)
    assert complaints.take() == []


def test_a_complaint_fails_the_test(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text("from tests.harness.fixtures import complaints\n")
    (tmp_path / "test_one.py").write_text(
        "def test_one(complaints): complaints.hear('a violation')\n"
        "def test_two(complaints): complaints.hear('of mine'), complaints.allow('mine')\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", f"--rootdir={tmp_path}", "."],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "a violation" in done.stdout
    assert "2 passed, 1 error" in done.stdout


def test_what_to_wait_for_is_a_function_under_the_policy(
    page: Page, complaints: Complaints
) -> None:
    complaints.allow("blocked eval", "EvalError")
    later = "setTimeout(() => { window.later = true }, 500)"
    with serving({"/": html("")}) as place:
        page.goto(place)
        page.evaluate(later)
        with pytest.raises(Error, match="EvalError"):
            page.wait_for_function("window.later")
        page.wait_for_function("() => window.later")


def test_axe_finds_a_field_without_a_label(page: Page) -> None:
    with serving({"/": html("<input name='q'>")}) as place:
        page.goto(place)
        (violation,) = axe(page).violations
    assert violation.startswith("label (noAttr): ")
    assert "<input" in violation


def test_axe_says_where_it_cannot_measure_the_contrast(page: Page) -> None:
    style = "p { color: #777; background: url('data:image/png;base64,AAAA') }"
    head = "<link rel='stylesheet' href='/a.css'>"
    with serving({"/": html("<p>texte</p>", head), "/a.css": style}) as place:
        page.goto(place)
        assert [line.split()[0] for line in axe(page).unsure] == ["color-contrast"]


def test_contexts_are_strangers_to_each_other(new_context: Contexts) -> None:
    with serving({"/": html("")}) as place:
        one, other = new_context().new_page(), new_context(color_scheme="dark").new_page()
        for page in (one, other):
            page.goto(place)
        one.evaluate("localStorage.who = 'one'")
        assert other.evaluate("localStorage.who") is None
        dark = "matchMedia('(prefers-color-scheme: dark)').matches"
        assert (one.evaluate(dark), other.evaluate(dark)) == (False, True)
        assert one.evaluate("navigator.language") == "fr-FR"


def test_between_tests_the_thread_is_free_for_another_event_loop(chromium: Chromium) -> None:
    async def one() -> int:
        await asyncio.sleep(0)
        return 1

    assert asyncio.run(one()) == 1
    with chromium.awake() as browser:
        assert browser.is_connected()
        with pytest.raises(RuntimeError, match="running event loop"):
            asyncio.run(coroutine := one())
        coroutine.close()
    assert asyncio.run(one()) == 1


def test_a_missing_browser_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORRELATOR_CHROMIUM", "no-such-browser")
    with pytest.raises(ServerMissingError, match="there is no `no-such-browser`"):
        Chromium()


def test_a_browser_that_does_not_start_leaves_no_event_loop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CORRELATOR_CHROMIUM", "false")
    with pytest.raises(Error, match="has been closed"):
        Chromium()
    with pytest.raises(RuntimeError, match="no running event loop"):
        asyncio.get_running_loop()
