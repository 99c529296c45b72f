"""Notices for people who are not at the bench: by e-mail, webhook, or whatever apprise reaches.

`settings` reads who wants to be told of what, `outbox` decides what goes out and when (nothing
twice within ten minutes, a flood as one digest, retries), `courier` sends it from a thread of its
own, each letter by a process of its own (`delivery`). The scan never waits for any of it.
"""
