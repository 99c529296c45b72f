"""Names and texts as HDF5 can hold them."""

from __future__ import annotations


def node_name(name: str) -> str:
    """Return a name as a link name: what HDF5 reserves is written as %XX (RFC 3986)."""
    safe = storable_text(name).replace("%", "%25").replace("/", "%2F")
    only_dots = not safe.strip(".")
    return (safe.replace(".", "%2E") or "%") if only_dots else safe


def storable_text(text: str) -> str:
    """Return a text HDF5 can hold: NUL and lone surrogates become U+FFFD."""
    if text.isascii() and "\0" not in text:
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\0", "�")


def link_name(node: str) -> bytes:
    """Return a node's name as HDF5's own functions take it."""
    return node.encode("utf-8")
