"""Who may talk to a bench server: whoever can read the key file of its user.

Both sides prove that they hold their key, in every connection.
"""

from __future__ import annotations

import json
import os
import stat
import sys
import tempfile
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import platformdirs

from bench.errors import Refused
from bench.record.disk.storage import reason
from bench.service.sockets import KeyPair, is_pair, new_key_pair

FOLDER_VARIABLE = "H2BENCH_KEYS"
"""Environment variable that names another folder for the key file."""
_NAME = "keys.json"
_MOST_BYTES = 4096


@dataclass(frozen=True)
class Keys:
    """The keys of one user."""

    server: KeyPair
    """Who serves."""
    client: KeyPair
    """Who asks."""


def key_file(folder: Path | None = None) -> Path:
    """Return where the keys of the user lie: in a folder, else in the user's settings."""
    if folder is None:
        named = os.environ.get(FOLDER_VARIABLE)
        folder = Path(named) if named else platformdirs.user_config_path("h2bench", appauthor=False)
    return folder / _NAME


def user_keys(folder: Path | None = None) -> Keys:
    """Return the keys of the user; the first time, they are drawn and written.

    Raises:
        Refused: others may read the file, it is damaged, or it cannot be made.
    """
    path = key_file(folder)
    try:
        if not path.exists():
            _create(path)
        return _read(path)
    except OSError as error:
        raise Refused("gate.no-keys", path=path, reason=reason(error)) from error


def new_keys() -> Keys:
    """Return keys that nobody has yet."""
    return Keys(server=new_key_pair(), client=new_key_pair())


def _create(path: Path) -> None:
    """Write new keys, unless somebody else was quicker; nobody ever sees half a file."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.")  # mode 0600
    written = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump(asdict(new_keys()), stream)
            stream.flush()
            os.fsync(stream.fileno())
        with suppress(FileExistsError):
            os.link(written, path)
    finally:
        written.unlink(missing_ok=True)


def _read(path: Path) -> Keys:
    with path.open(encoding="utf-8") as stream:
        if sys.platform != "win32":  # there the profile folder says who may read
            _check_private(path, os.fstat(stream.fileno()))
        try:
            keys = _parsed(json.loads(stream.read(_MOST_BYTES)))
        except ValueError:  # no JSON, no UTF-8
            keys = None
    if keys is None or not (is_pair(keys.server) and is_pair(keys.client)):
        raise Refused("gate.keys-damaged", path=path)
    return keys


def _check_private(path: Path, found: os.stat_result) -> None:
    if sys.platform != "win32" and (
        found.st_mode & (stat.S_IRWXG | stat.S_IRWXO) or found.st_uid != os.getuid()
    ):
        raise Refused("gate.keys-open", path=path)


def _parsed(found: object) -> Keys | None:
    match found:
        case {
            "server": {"public": str(server), "secret": str(server_secret)},
            "client": {"public": str(client), "secret": str(client_secret)},
        }:
            return Keys(KeyPair(server, server_secret), KeyPair(client, client_secret))
        case _:
            return None
