import pytest

from rules.templates import VARIABLES, TemplateError, render, variables


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{symptom} — {domain}", "Plus de synchro — DSL-1"),
        ("Panne.[ Retour vers {restore}.]", "Panne."),
        ("Panne.[ Retour vers {restore}.| Pas d'heure.]", "Panne. Pas d'heure."),
        ("[Depuis {onset}.|Depuis peu.]", "Depuis 10:04."),
        ("[{domain}, {restore}|{domain}]", "DSL-1"),
        ("{{domain}} [[x]] ||", "{domain} [x] |"),
        ("a | b", "a | b"),
        ("", ""),
    ],
)
def test_render(template: str, said: str) -> None:
    values = {"symptom": "Plus de synchro", "domain": "DSL-1", "restore": "", "onset": "10:04"}
    assert render(template, values) == said


def test_a_value_is_never_read_as_a_template() -> None:
    assert (
        render("{domain}", {"domain": "{owner} [x] {0.__class__}"}) == "{owner} [x] {0.__class__}"
    )


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ("{", "single '{': write '{{' for a brace"),
        ("a}", "single '}': write '}}' for a brace"),
        ("{}", "'{}' is not a variable: a name in small letters"),
        ("{domain.name}", "'{domain.name}' is not a variable: a name in small letters"),
        ("{domain!r}", "'{domain!r}' is not a variable: a name in small letters"),
        ("{0}", "'{0}' is not a variable: a name in small letters"),
        ("[{site}", "'[' without ']'"),
        ("{site}]", "']' without '['"),
        ("[a [{site}]]", "'[' inside '[…]'"),
        ("[{site}|a|b]", "more than one '|' inside '[…]'"),
        ("[a]", "'[…]' without a variable: write '[[' for a bracket"),
        ("{site}", "no value for {site}"),
    ],
)
def test_what_cannot_be_read(template: str, problem: str) -> None:
    with pytest.raises(TemplateError) as caught:
        render(template, {})
    assert str(caught.value) == problem


def test_variables() -> None:
    assert variables("{a}[ {b}|{c}] {{d}}") == {"a", "b", "c"}
    assert {"restore", "onset", "domain"} <= set(VARIABLES)
