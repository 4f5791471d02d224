"""E-mail (.eml): by Python's email package."""

from __future__ import annotations

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from index.contents import Contents
from index.formats.html import write_html
from index.formats.text_builder import TextBuilder

_SHOWN = ("From", "To", "Cc", "Date", "Subject")


def read_mail(content: bytes) -> Contents:
    """Who wrote to whom and when, the text, and the names of what is attached."""
    message = message_from_bytes(content, policy=default)
    builder = TextBuilder()
    for name in _SHOWN:
        if message.get(name):
            builder.row(f"{name}: {message[name]}")
    _write_body(builder, message)
    names = [part.get_filename() for part in message.iter_attachments()]
    listed = ", ".join(name for name in names if name)
    if listed:
        builder.paragraph(f"Attached: {listed}")
    return builder.contents(str(message.get("Subject", "")))


def _write_body(builder: TextBuilder, message: EmailMessage) -> None:
    body = message.get_body(("plain", "html"))
    if body is None:
        return
    text = body.get_content()
    if not isinstance(text, str):
        return
    if body.get_content_subtype() == "html":
        write_html(builder, text)
        return
    for block in text.replace("\r\n", "\n").split("\n\n"):
        # Lines that were broken at 72 characters are one paragraph; quoted ones keep theirs.
        (builder.lines if ">" in block[:2] else builder.paragraph)(block)
