"""The drawing from issuers to permissions, as values of its templates: SVG, and a list for a narrow window.

templates/access.js places what a filter leaves by the same rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from urllib.parse import urlencode

from kube_oidc.access.model import Access, Power
from kube_oidc.access.picture import EVERYBODY, OTHERS, Line, Permission, Picture, Source
from kube_oidc.report.template import Values
from kube_oidc.report.words import pluralize

_WIDTH: Final = 1000
_LEFT: Final = (16, 330)  # x and width of the issuers' boxes
_RIGHT: Final = (630, 354)
_HEIGHT: Final = 42
_STEP: Final = 52
_TOP: Final = 14
_TITLE: Final = 13.0  # size of the type
_DETAIL: Final = 11.5
_OPEN: Final = 40  # lines up to which every permission of the list is open

Places = dict[Source, float]


def drawing(report: Access, shown: Picture) -> Values | None:
    """The values of drawing.html and list.html; None if no grant can be drawn."""
    if not shown.lines:
        return None
    right, left = places(shown)
    order = sorted(range(len(shown.permissions)), key=lambda target: shown.permissions[target].rank)
    height = max((*left.values(), *right.values())) + _HEIGHT + _TOP
    label = (
        f"From issuer to permission: {pluralize(len(left), 'issuer')}, {pluralize(len(right), 'permission')}, "
        f"{pluralize(len(shown.lines), 'line')} between them"
    )
    return {
        "label": label,
        "viewbox": f"0 0 {_WIDTH} {height:.0f}",
        "height": _HEIGHT,
        "edges": [_edge(line, report, shown, left, right) for line in shown.lines],
        "boxes": [
            *(_issuer(report, source, shown, left[source]) for source in shown.sources),
            *(_permission(target, shown.permissions[target], right[target]) for target in order),
        ],
        "permissions": [_listed(target, report, shown) for target in order],
        "key": list(_key()),
    }


def places(shown: Picture) -> tuple[dict[int, float], Places]:
    """The upper edges of permissions and sources: permissions by rank, each source at the middle of its permissions.

    Sources are moved apart until boxes don't overlap.
    """
    higher = max(0, len(shown.sources) - len(shown.permissions)) * _STEP / 2
    right = {target: _TOP + higher + _STEP * box.rank for target, box in enumerate(shown.permissions)}
    left: Places = {}
    at = float(_TOP)
    for source in shown.sources:
        found = [right[line.target] for line in shown.lines if line.source == source]
        left[source] = max(at, sum(found) / len(found))
        at = left[source] + _STEP
    bottom = max(*right.values(), _TOP + _STEP * (len(shown.sources) - 1))
    for source in reversed(shown.sources):
        left[source] = min(left[source], bottom)
        bottom = left[source] - _STEP
    return right, left


def curve(start: float, end: float) -> str:
    """The path from the box at one height to the box at the other."""
    x1, x2 = _LEFT[0] + _LEFT[1], _RIGHT[0]
    middle = (x1 + x2) // 2
    y1, y2 = start + _HEIGHT / 2, end + _HEIGHT / 2
    return f"M{x1} {y1:.1f}C{middle} {y1:.1f} {middle} {y2:.1f} {x2} {y2:.1f}"


def _edge(line: Line, report: Access, shown: Picture, left: Places, right: dict[int, float]) -> Values:
    said = f"{_name(report, shown, line.source)} → {shown.permissions[line.target].title}: {_count(line)}"
    return {
        "power": _class(line.power),
        "width": f"{min(9.0, 1.2 + len(line.holders) ** 0.5):.1f}",
        "from": line.source,
        "to": line.target,
        "curve": curve(left[line.source], right[line.target]),
        "title": said,
    }


def _count(line: Line) -> str:
    return _users(len(line.holders))


def _users(count: int) -> str:
    return "1 user or group" if count == 1 else f"{count} users and groups"


def _issuer(report: Access, source: Source, shown: Picture, y: float) -> Values:
    holders = {name for line in shown.lines if line.source == source for name in line.holders}
    detail = "from any issuer" if source == EVERYBODY else _users(len(holders))
    title = _name(report, shown, source)
    return _box(f"s{source}", _target(source, shown), "", _LEFT, y, title.removeprefix("https://"), detail)


def _target(source: Source, shown: Picture) -> str:
    if source == EVERYBODY:
        return "#everyone"
    return f"#issuer-{min(shown.others) if source == OTHERS else source}"


def _permission(target: int, box: Permission, y: float) -> Values:
    return _box(f"p{target}", _link(box), _class(box.power), _RIGHT, y, box.title, _detail(box))


def _detail(box: Permission) -> str:
    return f"{box.detail}, {pluralize(box.warnings, 'warning')}" if box.warnings else box.detail


def _link(box: Permission) -> str:
    """The address of the page with only this permission's grants."""
    selected = {"namespace": box.namespace, "role": box.role}
    return "#" + urlencode({name: value for name, value in selected.items() if value})


def _box(
    node: str, href: str, power: str, span: tuple[int, int], y: float, title: str, detail: str
) -> Values:
    x, width = span
    return {
        "node": node,
        "href": href,
        "power": power,
        "x": x,
        "y": f"{y:.1f}",
        "width": width,
        "title": title,
        "detail": detail,
        "short": _fitting(title, _TITLE, width - 24),
        "brief": _fitting(detail, _DETAIL, width - 24),
    }


def _listed(target: int, report: Access, shown: Picture) -> Values:
    box = shown.permissions[target]
    lines = sorted(
        (line for line in shown.lines if line.target == target),
        key=lambda line: (-line.risk, shown.sources.index(line.source)),
    )
    return {
        "target": target,
        "href": _link(box),
        "power": _class(box.power),
        "title": box.title,
        "detail": _detail(box),
        "open": len(shown.lines) <= _OPEN,
        "lines": [
            {
                "from": line.source,
                "href": _target(line.source, shown),
                "name": _name(report, shown, line.source).removeprefix("https://"),
                "count": "from any issuer" if line.source == EVERYBODY else _count(line),
                "power": _class(line.power),
            }
            for line in lines
        ],
    }


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


def _name(report: Access, shown: Picture, source: Source) -> str:
    if source == OTHERS:
        return pluralize(len(shown.others), "other issuer")
    for issuer in report.issuers:
        if issuer.position == source:
            return issuer.url
    return "every accepted token, or anonymous"


def _class(power: Power) -> str:
    return power.name.lower()


def _key() -> Iterator[Values]:
    for power, words in (
        (Power.EVERYTHING, "can do everything"),
        (Power.WRITE, "can change objects"),
        (Power.READ, "can read"),
    ):
        yield {"power": _class(power), "words": words}
