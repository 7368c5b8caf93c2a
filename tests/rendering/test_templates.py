"""What a template may do, whose file wins, and that every word exists in every language."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from babel import Locale
from jinja2 import Environment, meta, nodes

from cadence.errors import ConfigError, RenderError
from cadence.rendering.templates import TemplateFolder, compile_template, render
from cadence.rendering.words import load_words
from tests.rendering.samples import EXPIRES, SHIPPED, TEMPLATES, a_digest, email_composer, html_of, text_of

DOCS = Path(__file__).resolve().parents[2] / "docs" / "templates.md"


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("{{ person.__class__ }}", id="17"),
        pytest.param("{{ person|attr('__class__') }}", id="18"),
        pytest.param("{{ '{0.__class__}'.format(person) }}", id="19"),
        pytest.param("{{ name.format(person) }}", id="19 stored"),
        pytest.param("{{ lipsum.__globals__ }}", id="20 lipsum"),
        pytest.param("{{ cycler.__init__ }}", id="20 cycler"),
        pytest.param("{{ self.__init__ }}", id="20 self"),
        pytest.param("{% for a in range(99999) %}{% for b in range(99999) %}x{% endfor %}{% endfor %}", id="21"),
        pytest.param("{{ 'a' * 10**9 }}", id="22 times"),
        pytest.param("{{ '%1000000000d'|format(1) }}", id="22 format"),
        pytest.param("{{ 'a'|center(10**9) }}", id="22 center"),
        pytest.param("{% set l = [1] %}" + "{% set l = l + l %}" * 40, id="23"),
        pytest.param("{% set l = 'a' %}" + "{% set l = l ~ l %}" * 40, id="23 text"),
        pytest.param("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", id="24"),
        pytest.param("{% for x in name recursive %}{{ loop(x) }}{% endfor %}", id="24 recursive"),
        pytest.param("{{ " + "(" * 500 + "1" + ")" * 500 + " }}", id="25"),
        pytest.param("{{ " + "[" * 500 + "1" + "]" * 500 + " }}", id="25 lists"),
        pytest.param("{% include '/etc/passwd' %}", id="26 include"),
        pytest.param("{% import 'os' as os %}", id="26 import"),
        pytest.param("{% extends '/etc/passwd' %}", id="26 extends"),
        pytest.param("{{ missing }}", id="27"),
        pytest.param("{{ '<script>x</script>'|safe }}", id="28"),
        pytest.param("{{ name ~ '\\r\\nBcc: x' }}", id="29"),
        pytest.param("{{ lipsum(n=100000) }}", id="31"),
        pytest.param("{% for a in name %}{% for b in name %}{% for c in name %}x{% endfor %}{% endfor %}{% endfor %}", id="nested loops"),
        pytest.param("{{ name['x'] }}", id="subscript"),
        pytest.param("{% autoescape false %}{{ name }}{% endautoescape %}", id="autoescape"),
        pytest.param("{{ name|xmlattr }}", id="xmlattr"),
        pytest.param("{{ unclosed", id="syntax"),
    ],
)
def test_hostile_template_is_refused(source: str) -> None:
    with pytest.raises((ConfigError, RenderError)) as refused:
        render(compile_template("email/item.mjml", source, html=True), "email/item.mjml", {"name": "Ann", "person": object()})
    assert "email/item.mjml" in str(refused.value)


def test_refusal_names_file_line_and_reason() -> None:
    with pytest.raises(ConfigError, match=r"email/item\.txt, line 3: Call is not allowed in templates"):
        compile_template("email/item.txt", "one\ntwo\n{{ x() }}", html=False)


@pytest.mark.parametrize("name", ["{{7*7}}", "<b>", "{% raw %}"])
def test_value_that_looks_like_a_template_stays_text(name: str) -> None:
    assert render(compile_template("t", "{{ name }}", html=False), "t", {"name": name}) == name
    assert "<b>" not in render(compile_template("t", "{{ name }}", html=True), "t", {"name": name})


def an_own_folder(folder: Path, name: str, text: str) -> TemplateFolder:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return TemplateFolder([folder, SHIPPED])


def test_own_file_replaces_one_shipped_file(tmp_path: Path) -> None:
    folder = an_own_folder(tmp_path, "email/digest.txt", "Moin!\n{{ items }}Bye {{ preferences_url }}\n")
    envelope = email_composer(folder).compose(a_digest(), expires_at=EXPIRES)

    assert text_of(envelope).startswith("Moin!\n")
    assert "Hello Ana Example," in html_of(envelope)


def test_own_words_replace_single_words(tmp_path: Path) -> None:
    folder = an_own_folder(tmp_path, "words/en.toml", '[messages]\nacknowledge = "Got it"\n')
    html = html_of(email_composer(folder).compose(a_digest(), expires_at=EXPIRES))
    assert "Got it" in html
    assert "Read it in full" in html


def test_own_language_falls_back_to_english_words(tmp_path: Path) -> None:
    folder = an_own_folder(tmp_path, "words/ar.toml", '[messages]\nacknowledge = "قرأت"\n')
    html = html_of(email_composer(folder).compose(a_digest(locale="ar-EG"), expires_at=EXPIRES))
    assert "قرأت" in html
    assert 'dir="rtl"' in html
    assert "Read it in full" in html


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("email/digest.txt", "no place for statements", "must hold {{ items }}"),
        ("email/digest.txt", "{{ items }}{{ items }}{{ preferences_url }}", "must hold items exactly once"),
        ("email/digest.txt", "{{ items }}{{ nonsense }}{{ preferences_url }}", "nonsense"),
        ("email/item.txt", "{{ why|upper }}", "without filters"),
        ("email/item.txt", "{{ measure.x }}{{ respond_url }}{{ acknowledge_url }}", "measure"),
        ("email/item.mjml", "<mj-section><mj-column><mj-text>{{ open", "email/item"),
        ("email/item.mjml", "<mj-section><mj-nonsense></mj-section>", "mjml"),
        ("email/digest.txt", "x" * 400_001, "larger than"),
        ("words/en.toml", '[messages]\nnonsense = "x"', "there is no such text"),
        ("words/en.toml", '[messages]\ngreeting = "Hi {nmae}"', "there is no {nmae} here; there is name"),
        ("words/en.toml", '[messages]\ngreeting = ["x"]', "must be a text"),
        ("words/en.toml", '[messages]\ngreeting = ""', "must be one line of text"),
        ("words/en.toml", '[messages]\ngreeting = "a\\r\\nBcc: x"', "must be one line of text"),
        ("words/en.toml", '[messages.opening]\none = "x"', "needs the form other"),
        ("words/en.toml", '[messages.opening]\nsome = "x"\nother = "x"', "some is not a plural form"),
        ("words/en.toml", "= broken", "words/en.toml"),
        ("words/klingon.toml", '[messages]\nacknowledge = "x"', "is not a language"),
    ],
)
def test_wrong_file_stops_the_start_and_says_why(tmp_path: Path, name: str, text: str, reason: str) -> None:
    with pytest.raises(ConfigError) as refused:
        email_composer(an_own_folder(tmp_path, name, text))
    assert reason in str(refused.value)


def test_unreadable_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "email").mkdir()
    (tmp_path / "email" / "digest.txt").write_bytes(b"\xff\xfe{{ items }}")
    with pytest.raises(ConfigError, match="is not UTF-8 text"):
        email_composer(TemplateFolder([tmp_path, SHIPPED]))
    with pytest.raises(ConfigError, match="there is no file"):
        TemplateFolder([tmp_path]).read("email/item.txt")


def test_every_language_has_every_word_with_the_same_placeholders_and_its_plural_forms() -> None:
    files = {path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in (SHIPPED / "words").glob("*.toml")}
    assert {"en", "de"} <= set(files)
    for language, parts in files.items():
        assert list(parts) == list(files["en"]), language
        for part, words in parts.items():
            assert list(words) == list(files["en"][part]), (language, part)
            for key, value in words.items():
                assert_same_fields(value, files["en"][part][key], language, f"{part}.{key}")


def assert_same_fields(value: str | dict[str, str], english: str | dict[str, str], language: str, key: str) -> None:
    """A text has the placeholders of the English one; forms have all that the language needs, and no placeholder of their own."""
    if isinstance(value, str):
        assert isinstance(english, str)
        assert sorted(set(re.findall(r"\{\w+\}", value))) == sorted(set(re.findall(r"\{\w+\}", english))), (language, key)
    elif isinstance(english, str) or "other" not in english:
        assert list(value) == list(english), (language, key)
    else:
        forms = Locale.parse(language).ordinal_form if key.endswith(".showing") else Locale.parse(language).plural_form
        assert set(forms.tags) | {"other"} <= set(value), (language, key)
        assert set(re.findall(r"\{\w+\}", value["other"])) == set(re.findall(r"\{\w+\}", english["other"])), (language, key)


def test_ordinals_are_words_up_to_ten_and_then_numbers() -> None:
    words = load_words(TEMPLATES)
    english, german = words.for_locale("en-GB"), words.for_locale("de")
    said = [english.nth("showing", n) for n in range(1, 124)]

    assert all(not re.search(r"\d", one) for one in said[:10])
    numbers = ("11th", "12th", "13th", "21st", "22nd", "23rd", "111th", "123rd")
    assert tuple(said[int(number[:-2]) - 1].split()[0] for number in numbers) == numbers
    assert len(set(said)) == len(said)
    assert (german.nth("showing", 7), german.nth("showing", 92)) == ("Zum siebten Mal in diesem Quartal", "Zum 92. Mal in diesem Quartal")


def test_numbers_choose_their_form() -> None:
    words = load_words(TEMPLATES).for_locale("en-GB")
    said = [words.count("subject_questions", n).split()[0] for n in (1, 2, 21)]
    assert said == ["One", "2", "21"]


def test_every_variable_and_word_is_documented() -> None:
    text = DOCS.read_text(encoding="utf-8")
    used = set()
    for file in (SHIPPED / "email").iterdir():
        tree = Environment().parse(file.read_text(encoding="utf-8"))
        used |= meta.find_undeclared_variables(tree)
        used |= {
            f"measure.{node.attr}"
            for node in tree.find_all(nodes.Getattr)
            if isinstance(node.node, nodes.Name) and node.node.name == "measure"
        }
    assert {name for name in used if f"`{name}`" not in text} == set()
    parts = tomllib.loads((SHIPPED / "words" / "en.toml").read_text(encoding="utf-8"))
    for key in ("date", "date_of_this_year", "day", "kinds", *parts["messages"]):
        assert f"`{key}`" in text, key
    for part in parts:
        assert f"`[{part}]`" in text, part
