"""Every word that a page or a script says exists in both languages, and none is left over."""

import re
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from string import Formatter

import pytest

from correlator.formats.wording import NARROW, NBSP
from correlator.web.keys import KEYS
from correlator.web.words import WORDS, browser_words, language, merged, say
from correlator.web.words.api import french

WEB = files("correlator.web")
QUOTED = re.compile(r"""\bt\(\s*["']([\w.-]+)["']\s*([~,)]|if\b)""")
ELSE = re.compile(r"""else\s+["']([a-z]+\.[\w.-]+)["']""")
FIRST_ARGUMENT = re.compile(r"\bsay\(([^,)]*)")
LITERAL = re.compile(r"""["'`]([a-z][\w.]*)(\$\{|["'`])""")
IN_PYTHON = re.compile(r'(f?)"([a-z]\w*\.[\w.-]*)(\{|")')


def texts(folder: Traversable, *endings: str) -> Iterator[str]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from texts(entry, *endings)
        elif entry.name.endswith(endings):
            yield entry.read_text(encoding="utf-8")


def used_by_templates() -> tuple[set[str], set[str]]:
    """Return whole keys, and beginnings of keys that end in a value."""
    whole, begun = set[str](), set[str]()
    for text in texts(WEB / "templates", ".html"):
        for key, after in QUOTED.findall(text):
            (begun if after == "~" else whole).add(key)
        whole |= set(ELSE.findall(text))
        whole |= set(re.findall(r"""\bt\(["']([\w.-]+)["']\s+if\b""", text))
    return whole, begun


def used_by_scripts() -> tuple[set[str], set[str]]:
    """Return whole keys, and beginnings, of what scripts say."""
    whole, begun = set[str](), set[str]()
    for text in texts(WEB / "static" / "js", ".js"):
        for call in FIRST_ARGUMENT.findall(text):
            for key, after in LITERAL.findall(call):
                (begun if after == "${" else whole).add(f"js.{key}")
        whole |= {f"js.{key}" for key in re.findall(r'\bbutton\("(\w+)"', text)}
    return whole, begun


def used_by_the_server() -> tuple[set[str], set[str]]:
    """Return what looks like a key in the code: `"ans.no"`, or begins one: `f"mark.{kind}"`."""
    whole, begun = set[str](), set[str]()
    for text in texts(WEB, ".py"):
        if "WORDS = {" not in text:
            for formatted, key, after in IN_PYTHON.findall(text):
                (begun if formatted and after == "{" else whole).add(key)
    return whole & WORDS.keys(), {key for key in begun if key.endswith(".")}


def used() -> tuple[set[str], set[str]]:
    found = used_by_templates(), used_by_scripts(), used_by_the_server()
    listed = {f"does.{does}" for keys in KEYS.values() for _, does in keys}
    return listed.union(*(whole for whole, _ in found)), set().union(*(begun for _, begun in found))


def test_what_is_said_exists() -> None:
    whole, _ = used()
    assert sorted(whole - WORDS.keys()) == []
    pages = used_by_templates()[1] | used_by_scripts()[1]
    assert [key for key in pages if not any(word.startswith(key) for word in WORDS)] == []


def test_nothing_is_left_over() -> None:
    whole, begun = used()
    assert [key for key in WORDS if key not in whole and not key.startswith(tuple(begun))] == []


@pytest.mark.parametrize("key", sorted(WORDS))
def test_both_languages_hold_the_same_values(key: str) -> None:
    fr, en = WORDS[key]
    assert fr
    assert en
    assert named(fr) == named(en)


def named(text: str) -> set[str]:
    plain = text.replace("[", "").replace("]", "").replace("|", "")
    return {name for _, name, _, _ in Formatter().parse(plain) if name}


@pytest.mark.parametrize("key", sorted(WORDS))
def test_a_choice_is_whole_and_follows_a_number(key: str) -> None:
    for text in WORDS[key]:
        choices = re.findall(r"\[[^\]]*\]", text)
        assert all(choice.count("|") == 1 for choice in choices)
        assert text.count("[") == text.count("]") == len(choices)
        values = {**dict.fromkeys(named(text), "…"), "n": 1}
        assert "[" not in say("fr", key, **values)


def test_french_says_one_of_none_and_english_does_not() -> None:
    assert say("fr", "row.tickets", n=0) == "0 ticket"
    assert say("en", "row.tickets", n=0) == "0 tickets"
    assert say("fr", "row.tickets", n=2140) == f"2{NARROW}140 tickets"
    assert say("en", "row.tickets", n=1) == "1 ticket"


def test_an_unknown_key_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        say("fr", "no.such.key")


def test_a_key_in_two_modules_is_a_mistake() -> None:
    with pytest.raises(ValueError, match=r"words\.b repeats x"):
        merged({"a": {"x": ("un", "one")}, "b": {"x": ("deux", "two")}})


def test_french_spaces_do_not_break() -> None:
    assert merged({"a": {"x": ("quoi ? « oui »", "what? yes")}})["x"][0] == (
        f"quoi{NARROW}? «{NBSP}oui{NBSP}»"
    )
    assert french("A service problem") == f"Un «{NBSP}service problem{NBSP}»"


def test_scripts_get_their_words_only() -> None:
    words = browser_words("en")
    assert words["undo"] == "Undo"
    assert len(words) == sum(key.startswith("js.") for key in WORDS)


def test_what_is_not_english_is_french() -> None:
    assert [language(tag) for tag in ("en", "fr", "de", "")] == ["en", "fr", "fr", "fr"]
