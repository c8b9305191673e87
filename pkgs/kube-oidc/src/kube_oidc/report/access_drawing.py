"""The drawing from issuers to permissions, as SVG styled by the page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kube_oidc.access.model import Access, Power
from kube_oidc.access.picture import EVERYBODY, OTHERS, Line, Permission, Picture, picture
from kube_oidc.report.printable import html_text as escape
from kube_oidc.report.words import pluralize

_WIDTH: Final = 1000
_LEFT: Final = (16, 330)  # x and width of the issuers' boxes
_RIGHT: Final = (630, 354)
_HEIGHT: Final = 42
_STEP: Final = 52
_TOP: Final = 14
_TITLE: Final = 13.0  # size of the type
_DETAIL: Final = 11.5

Places = dict[int | str, float]


def drawing(report: Access) -> str:
    """The `<svg>` element; empty if no issuer's users have grants."""
    shown = picture(report)
    if not shown.lines:
        return ""
    sources = _sources(report, shown)
    order = _ordered(shown, sources)
    higher = max(0, len(sources) - len(order)) * _STEP / 2
    right: Places = {target: _TOP + higher + _STEP * row for row, target in enumerate(order)}
    left = _places(shown, sources, right)
    height = max((*left.values(), *right.values())) + _HEIGHT + _TOP
    parts = [
        f'<svg viewBox="0 0 {_WIDTH} {height:.0f}" role="img" aria-label="From issuer to permission: '
        f"{pluralize(len(sources), 'issuer')}, {pluralize(len(order), 'permission')}, "
        f'{pluralize(len(shown.lines), "line")} between them">',
        *(_line(line, report, shown, left, right) for line in shown.lines),
        *(_issuer(report, source, shown, left[source]) for source in sources),
        *(_permission(target, shown.permissions[target], right[target]) for target in order),
        "</svg>",
    ]
    return "\n".join(parts)


def _sources(report: Access, shown: Picture) -> list[int | str]:
    """The issuers with a line, in the file's order, then `everyone`."""
    used = {line.source for line in shown.lines}
    sources: list[int | str] = [issuer.position for issuer in report.issuers if issuer.position in used]
    return sources + [name for name in (OTHERS, EVERYBODY) if name in used]


def _ordered(shown: Picture, sources: list[int | str]) -> list[int]:
    """Permissions ordered by the average position of their issuers, so that few lines cross."""
    rows: dict[int, list[int]] = {}
    for line in shown.lines:
        rows.setdefault(line.target, []).append(sources.index(line.source))

    def middle(target: int) -> tuple[float, int, str]:
        permission = shown.permissions[target]
        return sum(rows[target]) / len(rows[target]), -permission.power, permission.title

    return sorted(rows, key=middle)


def _places(shown: Picture, sources: list[int | str], right: Places) -> Places:
    """Issuer positions: at the height of their permissions, moved apart until boxes don't overlap."""
    wanted = {
        source: sum(found) / len(found)
        for source in sources
        for found in [[right[line.target] for line in shown.lines if line.source == source]]
    }
    left: Places = {}
    at = float(_TOP)
    for source in sources:
        left[source] = max(at, wanted[source])
        at = left[source] + _STEP
    bottom = max(*right.values(), _TOP + _STEP * (len(sources) - 1))
    for source in reversed(sources):
        left[source] = min(left[source], bottom)
        bottom = left[source] - _STEP
    return left


def _line(line: Line, report: Access, shown: Picture, left: Places, right: Places) -> str:
    start, end = left[line.source] + _HEIGHT / 2, right[line.target] + _HEIGHT / 2
    x1, x2 = _LEFT[0] + _LEFT[1], _RIGHT[0]
    bend = (x2 - x1) * 0.5
    width = min(9.0, 1.2 + len(line.holders) ** 0.5)
    count = "1 user or group" if len(line.holders) == 1 else f"{len(line.holders)} users and groups"
    said = f"{_name(report, shown, line.source)} → {shown.permissions[line.target].title}: {count}"
    return (
        f'<path class="edge {_class(line.power)}" stroke-width="{width:.1f}" data-from="{_id(line.source)}" '
        f'data-to="p{line.target}" d="M{x1} {start:.1f}C{x1 + bend:.0f} {start:.1f} {x2 - bend:.0f} {end:.1f} '
        f'{x2} {end:.1f}"><title>{escape(said)}</title></path>'
    )


def _issuer(report: Access, source: int | str, shown: Picture, y: float) -> str:
    holders = {name for line in shown.lines if line.source == source for name in line.holders}
    first = report.issuers[0].position if report.issuers else 0
    target = {EVERYBODY: "everyone", OTHERS: f"issuer-{first}"}.get(str(source), f"issuer-{source}")
    count = "1 user or group" if len(holders) == 1 else f"{len(holders)} users and groups"
    if source == EVERYBODY:
        count = "from any issuer"
    attributes = f'href="#{target}" data-node="{_id(source)}"'
    return _box(attributes, "box", _LEFT, y, _name(report, shown, source).removeprefix("https://"), count)


def _permission(target: int, permission: Permission, y: float) -> str:
    attributes = f'href="#find" data-node="p{target}" data-search="{escape(permission.search)}"'
    return _box(attributes, f"box {_class(permission.power)}", _RIGHT, y, permission.title, permission.detail)


def _box(attributes: str, kind: str, span: tuple[int, int], y: float, title: str, detail: str) -> str:
    x, width = span
    return (
        f'<a {attributes}><rect class="{kind}" x="{x}" y="{y:.1f}" width="{width}" height="{_HEIGHT}" rx="7"/>'
        f'<text x="{x + 12}" y="{y + 18:.1f}">{escape(_fitting(title, _TITLE, width - 24))}</text>'
        f'<text class="small" x="{x + 12}" y="{y + 33:.1f}">{escape(_fitting(detail, _DETAIL, width - 24))}</text>'
        f"<title>{escape(title)}\n{escape(detail)}</title></a>"
    )


def _fitting(text: str, size: float, room: float) -> str:
    """The text, shortened in the middle to fit into a box: names usually differ at their ends."""
    clean = "".join(letter if letter.isprintable() else " " for letter in text[:1000])
    if _width(clean) * size <= room:
        return clean
    half, kept = room / size / 2 - 0.5, ["", ""]
    for side, letters in ((0, clean), (1, clean[::-1])):
        for letter in letters:
            if _width(kept[side] + letter) > half:
                break
            kept[side] += letter
    return f"{kept[0]}…{kept[1][::-1]}"


def _width(text: str) -> float:
    """Text width in em, slightly more than common sans-serif fonts need."""
    return sum(
        1.1 if ord(letter) > 0x2FF or letter in "mwMW@%" else 0.8 if letter.isupper() else 0.65
        for letter in text
    )


def _name(report: Access, shown: Picture, source: int | str) -> str:
    if source == OTHERS:
        return f"{pluralize(shown.others, 'other issuer')}, with fewer grants"
    for issuer in report.issuers:
        if issuer.position == source:
            return issuer.url
    return "every accepted token, or anonymous"


def _id(source: int | str) -> str:
    return f"i{source}"


def _class(power: Power) -> str:
    return power.name.lower()


def key() -> Iterator[str]:
    """The legend."""
    for power, words in (
        (Power.EVERYTHING, "can do everything"),
        (Power.WRITE, "can change objects"),
        (Power.READ, "can read"),
    ):
        yield f'<span><span class="badge {_class(power)}">{_class(power)}</span> {words}</span>'
