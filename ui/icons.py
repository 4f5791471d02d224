"""The few signs on the page, drawn here so that nothing is loaded for them."""

from __future__ import annotations


def _icon(drawing: str, name: str = "") -> str:
    kind = f' class="{name}"' if name else ""
    return (
        f'<svg{kind} viewBox="0 0 24 24" width="20" height="20" fill="none" stroke="currentColor" '
        f'stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">'
        f"{drawing}</svg>"
    )


LOGO = _icon('<path d="M9 5H5v14h4M15 5h4v14h-4"/><path d="M12 9v6"/>', "logo")
CLOSE = _icon('<path d="M6 6l12 12M18 6L6 18"/>')
COPY = _icon('<rect x="9" y="9" width="11" height="11" rx="2"/><path d="M5 15V5h10"/>')
AGAIN = _icon('<path d="M4 12a8 8 0 1 0 2.5-5.8L4 8.5"/><path d="M4 4v4.5h4.5"/>')
UP = _icon(
    '<path d="M7 11v9H4v-9z"/><path d="M7 11l4-7a2 2 0 0 1 2.6 2.3L13 10h5.5a1.8 1.8 0 0 1 1.7 2.3'
    'l-1.9 6.3a2 2 0 0 1-1.9 1.4H7"/>'
)
DOWN = _icon(
    '<path d="M7 13V4H4v9z"/><path d="M7 13l4 7a2 2 0 0 0 2.6-2.3L13 14h5.5a1.8 1.8 0 0 0 1.7-2.3'
    'l-1.9-6.3A2 2 0 0 0 16.4 4H7"/>'
)
SAVE = _icon(
    '<path d="M9 11l3 3 8-8"/><path d="M20 12v7a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1V5a1 1 0 0 1 1-1h10"/>'
)
MENU = _icon('<path d="M4 6h16M4 12h16M4 18h10"/>')
MOON = _icon('<path d="M20 14.5A8 8 0 0 1 9.5 4a8 8 0 1 0 10.5 10.5z"/>', "moon")
SUN = _icon(
    '<circle cx="12" cy="12" r="4"/><path d="M12 3v2M12 19v2M3 12h2M19 12h2'
    'M5.6 5.6l1.4 1.4M17 17l1.4 1.4M5.6 18.4L7 17M17 7l1.4-1.4"/>',
    "sun",
)
