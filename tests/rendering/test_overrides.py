"""An operator's own folder replaces one template at a time; a wrong file is named with its path and line before anything is sent."""

from __future__ import annotations

import re
import shutil
import tomllib
from pathlib import Path

import pytest

from cadence.errors import ConfigError
from cadence.rendering.slack import SlackComposer
from cadence.rendering.templates import TemplateFolder
from cadence.rendering.words import load_words
from tests.rendering.samples import BASE, EXPIRES, QUESTION, SHIPPED, SIGNER, a_digest, an_item, email_composer, html_of, text_of

TEMPLATES = sorted(str(path.relative_to(SHIPPED)) for path in (SHIPPED / "email").iterdir())
PARTS = ("messages", "person", "slack", "leader", "explain", "notices")
WORDS = [(path.stem, part) for path in sorted(SHIPPED.glob("words/*.toml")) for part in PARTS]


def own(folder: Path, name: str, text: str) -> TemplateFolder:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return TemplateFolder([folder, SHIPPED])


def read(folder: TemplateFolder) -> None:
    """Read all that a start reads."""
    email_composer(folder)
    SlackComposer(company_name="Wetherby", base_url=BASE, templates=folder, links=SIGNER)
    load_words(folder, "person")


def test_there_are_templates_to_replace() -> None:
    assert len(TEMPLATES) >= 8
    assert len(WORDS) >= 10


@pytest.mark.parametrize("name", TEMPLATES)
def test_each_template_can_be_replaced_alone(tmp_path: Path, name: str) -> None:
    """The shipped text with a mark of the operator's own gives the shipped mail with that mark, and nothing else changes."""
    text = (SHIPPED / name).read_text(encoding="utf-8")
    marks = {".css": ("h1 {", "h1 { letter-spacing: 0.123em;"), ".mjml": ("<mj-", "<!-- 0.123em --><mj-"), ".txt": ("", "0.123em ")}
    before, after = marks.get(Path(name).suffix, ("<", "<b>0.123em</b><"))
    if name == "email/head.mjml":
        before, after = "</mj-style>", ".own { letter-spacing: 0.123em; }</mj-style>"
    elif name == "email/item.mjml":
        before, after = "{{ title }}", "0.123em {{ title }}"
    elif name in ("email/others.mjml", "email/question.mjml"):
        before, after = '<p class="small muted"', '<p class="small muted">0.123em</p><p class="small muted"'
    elif name == "email/digest.mjml":
        before, after = "{{ signed }}", "0.123em {{ signed }}"
    folder = own(tmp_path, name, text.replace(before, after, 1))
    digest = a_digest(an_item(), an_item(version_id=12), questions=(QUESTION,))
    mail = email_composer(folder).compose(digest, expires_at=EXPIRES)

    assert ("0.123em" in html_of(mail)) != ("0.123em" in text_of(mail))
    assert ("0.123em" in text_of(mail)) == name.endswith(".txt")


@pytest.mark.parametrize(("language", "part"), WORDS)
def test_each_part_of_a_word_file_can_be_replaced_in_part(tmp_path: Path, language: str, part: str) -> None:
    shipped = load_words(TemplateFolder([SHIPPED]), part).words[language]
    key = next(key for key, value in tomllib.loads((SHIPPED / "words" / "en.toml").read_text())[part].items() if isinstance(value, str))
    folder = own(tmp_path, f"words/{language}.toml", f'[{part}]\n{key} = "Ganz eigen"\n')

    words = load_words(folder, part).words[language]
    assert words.texts[key] == "Ganz eigen"
    assert len(words.texts) == len(shipped.texts)


@pytest.mark.parametrize(("place", "part"), [("locale", "messages"), ("pages", "person"), ("slack", "slack")])
def test_a_word_file_at_its_old_place_is_refused_and_its_new_place_told(tmp_path: Path, place: str, part: str) -> None:
    """Words that an operator wrote would be lost in silence."""
    with pytest.raises(ConfigError, match=rf"{place}/de\.toml: words stand in words/de\.toml; move these below \[{part}\] there"):
        read(own(tmp_path, f"{place}/de.toml", 'pause = "Ruhe"\n'))


@pytest.mark.parametrize(
    ("name", "text", "line", "reason"),
    [
        ("email/item.mjml", "<mj-section>\n<mj-colum>\n</mj-colum></mj-section>", 2, "<mj-colum> is not an element of MJML"),
        ("email/item.mjml", "<mj-section>\n<mj-column>\n</mj-section>", 3, "</mj-section> closes nothing"),
        ("email/digest.mjml", "<mj-section>\n{{ items }}", 1, "<mj-section> is not closed"),
        ("email/item.mjml", "<mj-section>\n\n<img src='http://t.example/1.gif'>", 3, "<img> loads from elsewhere"),
        ("email/head.mjml", "<mj-style>\na { background: url(//x) }</mj-style>", 2, "url( loads from elsewhere"),
        ("email/head.mjml", "<mj-font name='x' href='//x' />", 1, "<mj-font> loads from elsewhere"),
        ("email/item.mjml", "\n{% if x %}", 2, "Unexpected end of template"),
        ("email/item.mjml", "\n{{ title }}\n{{ x() }}", 3, "Call is not allowed"),
        ("email/item.txt", "\n\n{{ titel }}\n{{ acknowledge_url }}{{ respond_url }}", 3, "'titel' is undefined"),
        ("email/item.mjml", "<mj-text>\n\n{{ title }}\n{{ words.titel }}{{ acknowledge_url }}{{ respond_url }}</mj-text>", 4, "titel"),
        ("email/item.txt", "{% if measures %}\n{{ why|upper }}{% endif %}", 2, "without filters"),
        ("email/item.txt", "\n{% if why == 'x' %}{% endif %}", 2, "without filters and comparisons"),
        ("email/item.txt", "{{ title }}", None, "must hold {{ acknowledge_url }}"),
        ("email/digest.txt", "{{ items }}", None, "must hold {{ preferences_url }}"),
        ("email/digest.txt", "{{ items }}{{ items }}{{ preferences_url }}", None, "exactly once, it holds it 2 times"),
        ("email/question.txt", "\n{{ line }}{{ lines }}{{ respond_url }}", 2, "'line' is undefined"),
        ("email/digest.css", "h1 { margin: 0;\n\nh2 { margin: 0; }", 1, "a brace is not closed"),
        ("email/digest.css", "h1 { margin: 0; } }\n", 1, "a brace is closed that was never opened"),
        ("email/digest.css", "\n@import 'x.css';", 2, "@import loads from elsewhere"),
        ("words/de.toml", '[messages]\n\nnudge = "{nmae}"', 3, "messages.nudge: there is no {nmae} here"),
        ("words/de.toml", '[messages]\nnugde = "x"', 2, "messages.nugde: there is no such text"),
        ("words/de.toml", '[messages]\nnudge = "x"\n\n[messages.opening]\none = "x"', 4, "messages.opening: needs the form other"),
        ("words/de.toml", '[slack]\npause = "x"\n\n[person]\npause = ""', 5, "person.pause: must be one line of text"),
        (
            "words/de.toml",
            '\n[mails]\npause = "x"',
            2,
            "mails: there is no such part; there is common, messages, person",
        ),
        ("words/de.toml", '\npause = "x"', 2, "pause: there is no such part"),
        ("words/en.toml", "\n= broken", 2, "line 2"),
        ("words/en.toml", "[slack]\n\nnonsense = 'x'", 3, "slack.nonsense: there is no such text; see words/en.toml"),
    ],
)
def test_broken_file_is_one_line_with_path_line_and_reason(tmp_path: Path, name: str, text: str, line: int | None, reason: str) -> None:
    with pytest.raises(ConfigError) as refused:
        read(own(tmp_path, name, text))
    said = str(refused.value)

    assert "\n" not in said
    assert str(tmp_path / name) in said
    assert reason in said
    if line is not None:
        found = re.search(r"line (\d+)", said)
        assert found
        assert int(found[1]) == line


def test_the_shipped_files_copied_as_they_are_are_good(tmp_path: Path) -> None:
    shutil.copytree(SHIPPED, tmp_path / "templates")
    read(TemplateFolder([tmp_path / "templates", SHIPPED]))
