"""The words of the console in French and English, one module per page.

A text may hold `{named}` values and one choice `[client|clients]`, which follows the number `n`:
French says one for 0 and 1, English for 1 only. Keys that begin with `js.` go to the browser.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType
from typing import Any

from correlator.formats.wording import Language, number, typeset

Words = Mapping[str, tuple[str, str]]

_CHOICE = re.compile(r"\[([^|\]]*)\|([^\]]*)\]")


def language(tag: str) -> Language:
    """Return the language of a cookie or a header; what is not English is French."""
    return "en" if tag == "en" else "fr"


def say(lang: Language, key: str, /, **values: Any) -> str:
    """Return a text with its values set as the language sets them; KeyError for an unknown key."""
    text = WORDS[key][0 if lang == "fr" else 1]
    if "n" in values:
        text = _CHOICE.sub(_chosen(lang, values["n"]), text)
    return text.format_map({name: _set(value, lang) for name, value in values.items()})


def _chosen(lang: Language, n: float) -> str:
    """Return which side of a choice a number takes, as a replacement."""
    one = n < 2 if lang == "fr" else n == 1
    return r"\1" if one else r"\2"


def _set(value: Any, lang: Language) -> Any:
    """Return a number as the language sets it; all else as it is."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return number(value, lang)
    return value


def merged(modules: Mapping[str, Words]) -> dict[str, tuple[str, str]]:
    """Return the words of all modules, typeset; a key in two of them is a mistake."""
    words: dict[str, tuple[str, str]] = {}
    for name, module in modules.items():
        if twice := sorted(words.keys() & module.keys()):
            raise ValueError(f"words.{name} repeats {', '.join(twice)}")
        words |= {key: (typeset(fr, "fr"), typeset(en, "en")) for key, (fr, en) in module.items()}
    return words


def _modules() -> dict[str, Words]:
    """Return the words of each module beside this one."""
    names = sorted(module.name for module in iter_modules(__path__))
    return {name: import_module(f"{__name__}.{name}").WORDS for name in names}


WORDS: Words = MappingProxyType(merged(_modules()))


def browser_words(lang: Language) -> dict[str, str]:
    """Return what scripts say, without the `js.` in front."""
    which = 0 if lang == "fr" else 1
    return {key[3:]: text[which] for key, text in WORDS.items() if key.startswith("js.")}
