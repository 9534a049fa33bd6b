"""A backtest: the history cut into weeks, each run twice, many at once, and kept for the next time.

A week begins with a snapshot that is a day older, so that other rules have warmed up, and is
followed for a day, so that what becomes of its last incidents is seen. Both sides begin as an
engine begins with other rules, so that only the rules differ. Where the rules of then are run alone
they go on from their snapshots, and make of it exactly what the daemon made of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path

import msgspec

import rules
from correlator.adapters.archive import open_archive
from correlator.model import DAY, Millis
from correlator.tools.backtest.edits import Edit, edited
from correlator.tools.backtest.executors import Name, executor_of
from correlator.tools.backtest.history import Decided, History
from correlator.tools.backtest.judging import Totals, judge
from correlator.tools.backtest.matching import Change, compare
from rules.model import Catalog

WEEK: Millis = 7 * DAY
WARM_UP: Millis = DAY
FOLLOW: Millis = DAY
_DECIDES = (
    "correlator/engine", "correlator/model", "correlator/text", "topology", "rules",
    "correlator/tools/replay.py", "correlator/tools/backtest/history.py",
    "correlator/tools/backtest/edits.py", "correlator/adapters/fits.py",
)  # fmt: skip
LIVE = "live"
"""In the place of a folder of rules: those in force at the time."""


class Request(msgspec.Struct, frozen=True):
    """What is compared: two sets of rules over [since, until) of an archive.

    `rules`, `against`: folders, or `live`. `jobs`: workers; with one the time is not cut, unless
    `cut`. `cache`: a folder for results, or None. `executor`: whose the workers are; `address`: of
    the cluster that has them, however many.
    """

    archive: str
    since: Millis
    until: Millis
    rules: str
    against: str = LIVE
    jobs: int = 1
    cache: Path | None = None
    executor: Name = "processes"
    address: str = ""
    cut: bool = False


class Piece(msgspec.Struct, frozen=True):
    """One side over one piece of time; `afresh`: see `History.replay`.

    `version`: of the rules, where they are those of a folder, or edited; `code`: that it is for.
    """

    archive: str
    rules: str
    version: str
    code: str
    since: Millis
    until: Millis
    warm_up: Millis
    follow: Millis
    afresh: bool = True
    edit: Edit | None = None


class Backtest(msgspec.Struct, frozen=True):
    """The result: which rules, over which time, every change, and the figures.

    `cut`: into how many weeks it was cut; then incidents at their edges may differ a little.
    """

    since: Millis
    until: Millis
    before: str
    after: str
    cut: int
    changes: tuple[Change, ...]
    totals: Totals


def run_backtest(
    request: Request, seen: Callable[[int, int], None] = lambda _done, _all: None
) -> Backtest:
    """Run both sides and compare them; `seen(done, all)` is told of the progress, in days."""
    request = _clamped(request)
    pieces = _pieces(request, exact=request.rules == request.against == LIVE)
    sides = [one for side in (request.against, request.rules) for one in _with_rules(pieces, side)]
    found = _run_all(sides, request, seen)
    half = len(pieces)
    before = [one for piece in found[:half] for one in piece]
    after = [one for piece in found[half:] for one in piece]
    history = _history(request.archive)
    changes = compare(before, after, history.raised(request.since, request.until, FOLLOW))
    return Backtest(
        request.since,
        request.until,
        request.against,
        request.rules,
        len(pieces),
        tuple(changes),
        judge(changes, request.since, request.until),
    )


def compare_sides(request: Request, edit: Edit) -> tuple[list[Change], float]:
    """Return what an edit of the rules changes, and over how many days."""
    request = _clamped(request)
    pieces = _pieces(request)
    own, changed = (_with_rules(pieces, request.rules, one) for one in (None, edit))
    found = _run_all([*own, *changed], request, lambda _done, _all: None)
    half = len(pieces)
    before = [one for piece in found[:half] for one in piece]
    after = [one for piece in found[half:] for one in piece]
    raised = _history(request.archive).raised(request.since, request.until, FOLLOW)
    days = max((request.until - request.since) / DAY, 1e-9)
    return compare(before, after, raised), days


def _clamped(request: Request) -> Request:
    """Return a request from when there is something on."""
    begins = _history(request.archive).begins()
    return msgspec.structs.replace(request, since=max(request.since, begins))


def _pieces(request: Request, *, exact: bool = False) -> list[Piece]:
    """Return the pieces of time; `exact`: each goes on from its snapshot, by the rules of then."""
    since, until = request.since, request.until
    warm_up = 0 if exact else WARM_UP
    alone = request.jobs <= 1 and not request.address and not request.cut
    span = max(until - since, 1) if alone else WEEK
    return [
        Piece(
            request.archive, "", "", code_version(), start, min(start + span, until), warm_up,
            FOLLOW, afresh=not exact,
        )
        for start in range(since, until, span)
    ]  # fmt: skip


def _with_rules(pieces: Sequence[Piece], rules_of: str, edit: Edit | None = None) -> list[Piece]:
    """Return pieces with the rules of a side."""
    if not pieces:
        return []
    catalog = _catalog(pieces[0].archive, rules_of, edit)
    version = "" if catalog is None else catalog.version
    change = {"rules": rules_of, "version": version, "edit": edit}
    return [msgspec.structs.replace(piece, **change) for piece in pieces]


def _catalog(archive: str, rules_of: str, edit: Edit | None) -> Catalog | None:
    """Return the rules of a side; None: those in force at the time."""
    catalog = None if rules_of == LIVE else rules.load(Path(rules_of))
    if edit is None:
        return catalog
    return edited(catalog or _history(archive).latest_catalog(), edit)


def _run_all(
    pieces: Sequence[Piece], request: Request, seen: Callable[[int, int], None]
) -> list[list[Decided]]:
    """Return what each piece decided; those that are cached are not run again."""
    executor = executor_of(request.executor, request.jobs, request.address)
    results: dict[int, list[Decided]] = {}
    keys = [_key(piece) if request.cache is not None else "" for piece in pieces]
    for place, key in enumerate(keys):
        if request.cache is not None and (known := _cached(request.cache / f"{key}.json")):
            results[place] = known.decided
    left = [place for place in range(len(pieces)) if place not in results]
    days = [round((piece.until - piece.since) / DAY) or 1 for piece in pieces]
    done = sum(days[place] for place in results)
    seen(done, sum(days))

    def took(place: int, decided: list[Decided]) -> None:
        nonlocal done
        results[place] = decided
        done += days[place]
        seen(done, sum(days))
        if request.cache is not None:
            _keep(request.cache / f"{keys[place]}.json", decided)

    if left:
        for number, decided in executor.run(run_piece, [pieces[place] for place in left]):
            took(left[number], decided)
    return [results[place] for place in range(len(pieces))]


def run_piece(piece: Piece) -> list[Decided]:
    """Return the incidents that one side announced in a piece of time."""
    if code_version() != piece.code:
        raise ValueError("a worker of the cluster has other code than who asks it")
    catalog = _catalog(piece.archive, piece.rules, piece.edit)
    if catalog is not None and catalog.version != piece.version:
        raise ValueError(f"{piece.rules}: the rules are others than when the backtest began")
    return _history(piece.archive).replay(
        piece.since,
        piece.until,
        catalog=catalog,
        warm_up=piece.warm_up,
        follow=piece.follow,
        afresh=piece.afresh,
    )


@cache
def _history(url: str) -> History:
    """Return the history at an address; a process reads an inventory once for all its pieces."""
    return History(open_archive(url))


# ------------------------------------------------------------------------------------- the cache


class _Kept(msgspec.Struct, frozen=True):
    decided: list[Decided]


def _cached(path: Path) -> _Kept | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Kept)
    except (OSError, msgspec.DecodeError):
        return None


def _keep(path: Path, decided: list[Decided]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".new")
    unfinished.write_bytes(msgspec.json.encode(_Kept(decided)))
    unfinished.replace(path)


def _key(piece: Piece) -> str:
    """Return what a result depends on: the files of the archive, the rules, the time, the code."""
    files = open_archive(piece.archive).fingerprint(piece.since - piece.warm_up, piece.until)
    how = (piece.since, piece.until, piece.warm_up, piece.follow, piece.afresh)
    parts = (piece.version, files, *how, piece.code)
    return sha256(repr(parts).encode()).hexdigest()[:32]


@cache
def code_version() -> str:
    """Return 16 hexadecimal digits over the code that decides, and what data comes with it."""
    root = Path(__file__).resolve().parents[3]
    digest = sha256()
    for path in sorted(path for name in _DECIDES for path in _files_of(root / name)):
        digest.update(path.relative_to(root).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _files_of(place: Path) -> Iterator[Path]:
    """Yield the files in a folder, or the one file, without what was compiled of them.

    The packaged catalog is left out: what is used of it is in the version of each catalog.
    """
    for path in place.rglob("*") if place.is_dir() else (place,):
        parts = path.relative_to(place).parts
        if path.is_file() and "__pycache__" not in parts and parts[:1] != ("catalog",):
            yield path
