"""What a judge says to a person."""

from __future__ import annotations

from bench.messages import Bilingual, Message

Text = Message | Bilingual | str
"""Something to say to a person."""
