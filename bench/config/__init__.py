"""Rigs, object kinds and protocols: from files that people write to what the bench runs on."""

from bench.config.catalogue import Catalogue
from bench.config.grammar import ObjectFile, ProtocolFile, RigFile
from bench.config.protocol import Protocol, load_protocol
from bench.config.rig import load_rig

__all__ = [
    "Catalogue",
    "ObjectFile",
    "Protocol",
    "ProtocolFile",
    "RigFile",
    "load_protocol",
    "load_rig",
]
