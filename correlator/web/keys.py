"""The keys of each page, as its help lists them: (keys, what they do), words under `does.`."""

from __future__ import annotations

from types import MappingProxyType

_EVERYWHERE = (("/", "search"), ("u", "undo"), ("?", "help"), ("g f", "go_queue"))
_GO = (("g m", "go_wall"), ("g r", "go_handover"))

KEYS = MappingProxyType(
    {
        "queue": (
            ("j k", "move"),
            ("x", "choose"),
            ("shift x", "range"),
            ("enter", "open"),
            ("n", "fresh"),
            ("a", "acknowledge"),
            ("c", "confirm"),
            ("r 1 … 5", "reject"),
            ("m", "merge"),
            ("w", "say"),
            ("p", "promise"),
            ("e", "scope"),
            ("s", "split"),
            ("l", "link"),
            ("shift enter", "now"),
            ("f", "force"),
            *_EVERYWHERE,
            *_GO,
        ),
        "incident": (
            ("a", "acknowledge"),
            ("c", "confirm"),
            ("r 1 … 5", "reject"),
            ("w", "say"),
            ("ctrl enter", "approve"),
            ("p", "promise"),
            ("e", "scope"),
            ("m", "merge"),
            ("s", "split"),
            ("l", "link"),
            ("o", "assign"),
            ("t", "external"),
            ("i", "note"),
            ("shift enter", "now"),
            ("f", "force"),
            ("esc", "close"),
            *_EVERYWHERE,
            *_GO,
        ),
        "agent": (
            ("p", "copy"),
            ("l", "link"),
            ("d", "not_this"),
            ("t", "told"),
            ("1 … 9", "symptom"),
            *_EVERYWHERE,
            *_GO,
        ),
        "flash": (("v", "read"), *_EVERYWHERE, *_GO),
        "": (*_EVERYWHERE, *_GO),
    }
)
