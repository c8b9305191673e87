"""The HTML templates: what their language means, and that nothing reaches a page unescaped."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from kube_oidc.report import template
from kube_oidc.report.printable import html_text

TEMPLATES = Path(template.__file__).with_name("templates")


@pytest.fixture
def render(monkeypatch: pytest.MonkeyPatch):
    """Renders the file `page.html` of these files."""

    def rendered(files: dict[str, str], values: dict[str, Any]) -> str:
        monkeypatch.setattr(template, "text_of", files.__getitem__)
        template._parsed.cache_clear()
        try:
            return template.render("page.html", values)
        finally:
            template._parsed.cache_clear()

    return rendered


@pytest.mark.parametrize(
    ("text", "values", "want"),
    [
        ("a {{x}} b", {"x": 1}, "a 1 b"),
        ("{{#x}}yes{{/x}}{{^x}}no{{/x}}", {"x": "some"}, "yes"),
        ("{{#x}}yes{{/x}}{{^x}}no{{/x}}", {"x": ""}, "no"),
        ("{{#x}}yes{{/x}}{{^x}}no{{/x}}", {"x": []}, "no"),
        ("{{#x}}({{.}}){{/x}}", {"x": ["a", "<"]}, "(a)(&lt;)"),
        ("{{#x}}{{y}}{{z}} {{/x}}", {"x": [{"y": 1}, {"y": 2}], "z": "!"}, "1! 2! "),
        ("<ul>\n  {{#x}}\n<li>{{.}}\n  {{/x}}\n</ul>\n", {"x": [1, 2]}, "<ul>\n<li>1\n<li>2\n</ul>\n"),
        ("{{{x}}}", {"x": "<b>"}, "<b>"),
        ("{{> other}}", {"x": "in"}, "[in]"),
    ],
)
def test_a_template_and_its_values(render, text: str, values: dict[str, Any], want: str) -> None:
    assert render({"page.html": text, "other.html": "[{{x}}]"}, values) == want


@pytest.mark.parametrize(
    ("text", "error", "said"),
    [
        ("{{x}}", KeyError, "x"),
        ("{{#x}}{{/x}}", KeyError, "x"),
        ("{{#x}}", ValueError, "page.html: {{/x}} is missing"),
        ("{{/x}}", ValueError, "page.html: {{/x}} ends nothing"),
        ("{{#x}}{{/y}}{{/x}}", ValueError, "page.html: {{/y}} ends x"),
    ],
)
def test_a_mistake_in_a_template_is_an_error(render, text: str, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=re.escape(said)):
        render({"page.html": text}, {"y": []})


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("<b a=\"x\" c='y'>&", "&lt;b a=&quot;x&quot; c=&#x27;y&#x27;&gt;&amp;"),
        ("a\u202eb\u2066c\u200fd", r"a\u202eb\u2066c\u200fd"),
        ("\ufeff\u200b\u00ad", r"\ufeff\u200b\xad"),
        ("\x00\n\x1b", r"\x00\n\x1b"),
        ("é 日本", "é 日本"),
    ],
)
def test_what_changes_markup_or_direction_is_only_shown(text: str, want: str) -> None:
    assert html_text(text) == want


def test_only_the_pages_own_style_and_script_are_not_escaped() -> None:
    texts = {path.name: path.read_text("utf-8") for path in TEMPLATES.glob("*.html")}
    assert len(texts) >= 10
    raw = {
        (name, tag) for name, text in texts.items() for tag in re.findall(r"\{\{\{(\w+)\}\}\}|\{\{&", text)
    }
    assert raw == {("head.html", "style"), ("access.html", "script")}


def test_every_attribute_with_a_value_is_quoted() -> None:
    for path in TEMPLATES.glob("*.html"):
        assert re.findall(r"=\{\{", path.read_text("utf-8")) == [], path.name
