"""XML parts of a file, without entities: those of a hostile file grow without end."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from lxml import etree

    Element: TypeAlias = etree._Element


def xml_tree(content: bytes) -> Element | None:
    """The root, None when it is not well formed."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError:
        return None
    etree.strip_tags(root, etree.Entity)
    return root
