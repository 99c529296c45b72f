"""The command that shows who is told of what, and tries it.

Heavy imports stand inside the function: ``h2bench --help`` loads this module for its texts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from bench.messages import Message, user_language

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.notices.settings import Subscription


def notices(
    test: Annotated[bool, typer.Option("--test", help="Send each address a test notice.")] = False,
) -> None:
    """Show who is told by e-mail or webhook of what happens on a bench that is served."""
    from bench.notices.settings import NAME, subscriptions_in  # noqa: PLC0415 - start-up time
    from bench.service.keys import key_file  # noqa: PLC0415 - start-up time

    folder, language = key_file().parent, user_language()
    found = subscriptions_in(folder)
    if not found:
        typer.echo(Message("notice.none", {"path": folder / NAME}).text(language))
    for each in found:
        about = {
            "to": each.name,
            "topics": ", ".join(sorted(topic.value for topic in each.topics)),
            "priority": each.at_least.name.lower(),
            "language": each.language,
        }
        typer.echo(Message("notice.address", about).text(language))
    if test:
        _try_all(found, language)


def _try_all(found: Sequence[Subscription], language: str) -> None:
    """Send each a test notice; raises `Refused` where some do not get through."""
    from bench.clock import SystemClock  # noqa: PLC0415 - start-up time
    from bench.errors import Refused  # noqa: PLC0415 - start-up time
    from bench.notices.letter import Letter  # noqa: PLC0415 - start-up time
    from bench.notices.notice import Notice, Topic  # noqa: PLC0415 - start-up time
    from bench.notices.sending import send  # noqa: PLC0415 - start-up time

    subject, what = Message("notice.test"), Message("notice.test-what")
    notice = Notice(Topic.ATTENTION, "test", subject, (what,), SystemClock().utc())
    letter = Letter("h2bench", (notice,), 0)
    failed = 0
    for each in found:
        why = send(each.url, letter.title(each.language), letter.body(each.language))
        told = Message("notice.test-sent", {"to": each.name})
        if why is not None:
            failed += 1
            told = Message("notice.test-failed", {"to": each.name, "reason": why})
        typer.echo(told.text(language), err=why is not None)
    if failed:
        raise Refused("notice.some-failed", count=failed)
