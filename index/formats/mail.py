"""E-mail by the standard library: who wrote what to whom and when, then the text."""

from __future__ import annotations

import email
import email.policy
from email.message import EmailMessage, MIMEPart

from index.contents import Contents
from index.errors import UnreadableDocument
from index.formats.html_text import write_html
from index.formats.html_tree import html_tree
from index.formats.plain_text import decoded, require_size
from index.formats.text_builder import TextBuilder, collapsed

_HEADERS = ("From", "To", "Cc", "Date")
# Programs break lines here; longer lines were not broken by one.
_MIN_WIDTH, _MAX_WIDTH = 55, 80
_SIGNATURE = "-- "


def read_eml(content: bytes) -> Contents:
    """A message: its header lines, its text, the names of what is attached."""
    require_size(content)
    message = email.message_from_bytes(content, policy=email.policy.default)
    if not any(name in message for name in _HEADERS):
        raise UnreadableDocument("it is not an e-mail: it does not say from whom and to whom")
    subject = collapsed(str(message.get("Subject", "")))
    builder = TextBuilder()
    for name in ("Subject", *_HEADERS):
        if value := collapsed(str(message.get(name, ""))):
            builder.line(f"{name}: {value}")
    _write_body(message, builder)
    names = list(filter(None, (part.get_filename() for part in message.iter_attachments())))
    if names:
        builder.paragraph("Attachments: " + ", ".join(names))
    return builder.contents(subject)


def _write_body(message: EmailMessage, builder: TextBuilder) -> None:
    body = message.get_body(preferencelist=("plain", "html"))
    if body is None:
        return
    if body.get_content_subtype() == "html":
        write_html(html_tree(_text(body).encode()), builder)
        return
    is_flowed = body.get_param("format") == "flowed"
    builder.lines((_unfolded if is_flowed else _unwrapped)(_text(body)))


def _text(body: MIMEPart) -> str:
    try:
        return str(body.get_content())
    except (LookupError, UnicodeError):  # An encoding that does not exist, or another one.
        payload = body.get_payload(decode=True)
        return decoded(payload) if isinstance(payload, bytes) else ""


def _unfolded(text: str) -> str:
    """Lines that end in a space go on in the next one (RFC 3676)."""
    lines: list[str] = []
    for line in text.splitlines():
        goes_on = lines and lines[-1].endswith(" ") and lines[-1] != _SIGNATURE
        if goes_on and not line.startswith(">"):
            lines[-1] += line
        else:
            lines.append(line)
    return "\n".join(lines)


def _unwrapped(text: str) -> str:
    """Lines that were broken because the next word did not fit, joined again."""
    lines = [line.rstrip() for line in text.splitlines()]
    width = max((len(line) for line in lines if len(line) <= _MAX_WIDTH), default=0)
    joined: list[str] = []
    before = ""
    for line in lines:
        first_word = line.partition(" ")[0]
        is_wrapped = width >= _MIN_WIDTH and len(before) + 1 + len(first_word) > width
        if is_wrapped and before and line[:1].isalnum() and before[:1].isalnum():
            joined[-1] += f" {line}"
        else:
            joined.append(line)
        before = line
    return "\n".join(joined)
