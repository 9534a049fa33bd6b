"""Dead letters: listed, shown, and, once they are mended, given to their feeds again.

What is given again is a new record at the end of its topic. The daemon takes it as it takes any
other that comes late, so nothing here touches what the daemon owns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from itertools import islice
from typing import Any, Literal, NamedTuple

import msgspec

from correlator.adapters.sql import (
    ConsoleWrites,
    DeadLetters,
    KeptLetter,
    ListedLetter,
    SqlStore,
)
from correlator.adapters.sql.dead_letters import INBOX
from correlator.formats.decode import DECODERS, BadRecordError
from correlator.formats.times import to_rfc3339
from correlator.model import Action, Millis
from correlator.ports import OutMessage, Publisher, Record
from correlator.tools.screen import clip

_MOST_OF_AN_ERROR = 120
_TOGETHER = 50  # a letter may have a megabyte
_ACTION = msgspec.json.Decoder(Action)


class UnknownLetterError(ValueError):
    """The store has no dead letter of that number."""


# -------------------------------------------------------------------------------------- to look at


def line(one: ListedLetter) -> str:
    """Return a letter as one line for people."""
    parts = [
        f"{one.seq:>6}",
        to_rfc3339(one.time),
        f"{one.topic}/{one.partition}@{one.offset}",
        one.reason,
        f"{one.size} bytes",
        *([] if one.replayed is None else [f"replayed {to_rfc3339(one.replayed)}"]),
        clip(_on_one_line(one.error), _MOST_OF_AN_ERROR),
    ]
    return "  ".join(parts)


def plain(one: ListedLetter) -> dict[str, Any]:
    """Return a letter as values for programs."""
    times = {"time": to_rfc3339(one.time), "replayed": one.replayed and to_rfc3339(one.replayed)}
    return {**one._asdict(), **times}


def find(letters: DeadLetters, seq: int) -> KeptLetter:
    """Return a letter; raises `UnknownLetterError`."""
    kept = letters.letter(seq)
    if kept is None:
        raise UnknownLetterError(f"no dead letter {seq} in this store")
    return kept


def screen(kept: KeptLetter) -> list[str]:
    """Return all that is known of a letter; key and value as text, or in hex if they are none."""
    letter, record = kept.letter, kept.letter.record
    fields = {
        "number": str(kept.seq),
        "topic": record.topic,
        "partition": str(record.partition),
        "offset": str(record.offset),
        "timestamp": to_rfc3339(record.timestamp),
        "set aside": to_rfc3339(letter.time),
        "replayed": "no" if kept.replayed is None else to_rfc3339(kept.replayed),
        "reason": letter.reason,
        "error": _on_one_line(letter.error),
        "key": "none" if record.key is None else _legible(record.key),
        "size": f"{len(record.value)} bytes",
    }
    width = max(map(len, fields))
    return [*(f"{name:<{width}}  {text}" for name, text in fields.items()), "", *_lines(record)]


def _lines(record: Record) -> list[str]:
    return _legible(record.value).splitlines()


def _legible(value: bytes) -> str:
    """Return bytes as text, in hex where they are none: a terminal obeys control characters."""
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return f"hex {value.hex()}"
    if all(c.isprintable() or c in "\n\r\t" for c in text):
        return text
    return f"hex {value.hex()}"


def _on_one_line(text: str) -> str:
    """Return an error, which may quote what the record says, without what a terminal obeys."""
    return "".join(c if c.isprintable() else " " for c in text)


# ---------------------------------------------------------------------------------------- to mend


class Wanted(NamedTuple):
    """How to replay. `mended`: in the place of the value, for one letter; `of`: where it is from.

    `again`: also what has been replayed before; `force`: also what does not decode.
    """

    mended: bytes | None = None
    of: str = ""
    again: bool = False
    force: bool = False


class Told(NamedTuple):
    """What became of a letter, in words; `refused`: not even tried."""

    seq: int
    fate: Literal["replayed", "refused", "failed"]
    text: str

    def __str__(self) -> str:
        return f"{self.seq}: {self.text}"


class _RefusedError(Exception):
    """The letter is not to be replayed as it is; the message says why and what to do."""


def replay(
    store: SqlStore,
    seqs: Sequence[int],
    publishers: Callable[[], Publisher],
    now: Millis,
    wanted: Wanted,
) -> Iterator[Told]:
    """Give letters to their feeds again and mark them; yields what became of each.

    First published, then marked: where this is killed in between, a letter is given twice, and the
    second is a repeat to the daemon. The other way round it might be given to nobody. `publishers`
    is asked only if a letter goes to Kafka; `now` is clock time. Raises `UnknownLetterError` before
    anything is done and `ServerUnreachableError`.
    """
    letters = DeadLetters(store.engine)
    for seq in seqs:
        find(letters, seq)
    with closing(_Brokers(publishers)) as brokers:
        rest = iter(seqs)
        while some := [find(letters, seq) for seq in islice(rest, _TOGETHER)]:
            yield from _group(store, some, brokers, now, wanted)


class _Brokers:
    """Publishes; asks for a publisher when there is something to publish."""

    def __init__(self, publishers: Callable[[], Publisher]) -> None:
        self._publishers = publishers
        self._publisher: Publisher | None = None

    def publish(self, messages: Sequence[OutMessage]) -> Sequence[Exception | None]:
        if self._publisher is None:
            self._publisher = self._publishers()
        return self._publisher.publish(messages)

    def close(self) -> None:
        if self._publisher is not None:
            self._publisher.close()


def _group(
    store: SqlStore, some: Sequence[KeptLetter], brokers: _Brokers, now: Millis, wanted: Wanted
) -> Iterator[Told]:
    ready: list[tuple[int, OutMessage]] = []
    for kept in some:
        record = kept.letter.record
        value = record.value if wanted.mended is None else wanted.mended
        try:
            _check(kept, value, wanted)
        except _RefusedError as refusal:
            yield Told(kept.seq, "refused", str(refusal))
            continue
        if record.topic == INBOX:
            yield _to_inbox(store, kept, value, now)
        else:
            ready.append((kept.seq, OutMessage(record.topic, record.key, value)))
    if ready:
        yield from _to_kafka(DeadLetters(store.engine), ready, brokers, now)


def _check(kept: KeptLetter, value: bytes, wanted: Wanted) -> None:
    """Raise `_RefusedError` for a letter that was replayed before, or would only come back."""
    if kept.replayed is not None and not wanted.again:
        when = to_rfc3339(kept.replayed)
        raise _RefusedError(f"replayed {when} already; to do it once more: --again")
    topic = kept.letter.record.topic
    decode = _ACTION.decode if topic == INBOX else DECODERS.get(topic)
    # An action without a readable id cannot be followed by whoever sent it: no force helps there.
    if wanted.force and topic != INBOX:
        return
    source = wanted.of or f"{topic}/{kept.letter.record.partition}@{kept.letter.record.offset}"
    if decode is None:
        raise _RefusedError(f"{source}: {topic} is not read; to publish it all the same: --force")
    try:
        decode(value)
    except (BadRecordError, msgspec.DecodeError, UnicodeDecodeError) as error:
        what = _on_one_line(str(error))
        help_ = "" if topic == INBOX else ", or --force"
        raise _RefusedError(f"{source}: {what}; mend it (--value FILE){help_}") from None


def _to_inbox(store: SqlStore, kept: KeptLetter, value: bytes, now: Millis) -> Told:
    """Put an action into the inbox, under another id: the daemon has set the first one aside."""
    action = _ACTION.decode(value)
    renamed = msgspec.structs.replace(action, id=f"{action.id}-replay-{now}")
    ConsoleWrites(store.engine).send(renamed, now)
    DeadLetters(store.engine).mark_replayed([kept.seq], now)
    return Told(kept.seq, "replayed", f"put into the inbox as {_on_one_line(renamed.id)}")


def _to_kafka(
    letters: DeadLetters,
    ready: Sequence[tuple[int, OutMessage]],
    brokers: _Brokers,
    now: Millis,
) -> Iterator[Told]:
    answers = brokers.publish([message for _, message in ready])
    sent = [seq for (seq, _), error in zip(ready, answers, strict=True) if error is None]
    if sent:
        letters.mark_replayed(sent, now)
    for (seq, message), error in zip(ready, answers, strict=True):
        if error is None:
            yield Told(seq, "replayed", f"published to {message.topic}")
        else:
            yield Told(seq, "failed", f"not published: {type(error).__name__}: {error}")
