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
MOON = _icon('<path d="M20 14.5A8 8 0 0 1 9.5 4a8 8 0 1 0 10.5 10.5z"/>', "moon")
SUN = _icon(
    '<circle cx="12" cy="12" r="4"/><path d="M12 3v2M12 19v2M3 12h2M19 12h2'
    'M5.6 5.6l1.4 1.4M17 17l1.4 1.4M5.6 18.4L7 17M17 7l1.4-1.4"/>',
    "sun",
)
