"""Opening a python-can bus without ever waiting for it.

Opening may hang (a native driver) or keep a processor busy for ten seconds (python-can's
socketcand client without a server), so it happens on a thread of its own, which can be abandoned.
"""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Callable, Mapping
from typing import Protocol

import can

from bench.errors import LinkClosed, LinkError
from drivers.canbus.frame import Frame

PROBE = 1.0
"""How long a socketcand server may take to greet, s."""


class Bus(Protocol):
    """An open CAN bus. Every method but `close` raises LinkError when the bus is dead."""

    error_frames: int
    """Error frames heard since it was opened."""

    def receive(self) -> Frame | None:
        """Return the next frame heard, or None at once."""
        ...

    def send(self, frame: Frame) -> None:
        """Put a frame on the bus."""
        ...

    def close(self) -> None:
        """Release the bus."""
        ...


class PythonCanBus:
    """A bus of python-can; its exceptions become LinkError here."""

    def __init__(self, name: str, settings: Mapping[str, object]) -> None:
        self.error_frames = 0
        self._name = name
        if settings.get("interface") == "socketcand":
            _probe(name, settings)
            # else a demand waits for an acknowledgement of the last one: 12 ms instead of 0.2 ms;
            # python-can has no such option on Windows
            settings = {"tcp_tune": sys.platform != "win32", **settings}
        try:
            # the settings are the interface's own; python-can checks them
            self._bus = can.Bus(**settings)  # type: ignore[arg-type] - the interface checks its own settings
        except (can.CanError, OSError, ValueError, TypeError, ImportError) as error:
            raise LinkClosed("can.cannot-open", bus=name, reason=str(error)) from error

    def receive(self) -> Frame | None:
        """Return the next data frame heard, or None at once."""
        while True:
            try:
                heard = self._bus.recv(0)
            except (can.CanError, OSError) as error:
                raise LinkClosed("can.bus-failed", bus=self._name, reason=str(error)) from error
            if heard is None:
                return None
            if heard.is_error_frame:
                self.error_frames += 1
            elif not heard.is_remote_frame:
                return Frame(heard.arbitration_id, bytes(heard.data), heard.is_extended_id)

    def send(self, frame: Frame) -> None:
        """Put a frame on the bus."""
        message = can.Message(
            arbitration_id=frame.id, data=frame.data, is_extended_id=frame.extended
        )
        try:
            self._bus.send(message)
        except (can.CanError, OSError) as error:  # socketcand: a bare BrokenPipeError
            raise LinkClosed("can.bus-failed", bus=self._name, reason=str(error)) from error

    def close(self) -> None:
        """Release the bus."""
        try:
            self._bus.shutdown()
        except (can.CanError, OSError) as error:
            raise LinkClosed("can.bus-failed", bus=self._name, reason=str(error)) from error


def _probe(name: str, settings: Mapping[str, object]) -> None:
    address = (str(settings.get("host")), int(str(settings.get("port"))))
    try:
        with socket.create_connection(address, PROBE) as probe:
            greeting = probe.recv(64)
    except OSError as error:
        raise LinkClosed("can.cannot-open", bus=name, reason=str(error)) from error
    if b"hi" not in greeting:
        raise LinkClosed("can.no-socketcand", bus=name, host=address[0], port=address[1])


OpenBus = Callable[[str, Mapping[str, object]], Bus]
"""Opens a bus by name and settings; raises LinkError."""


class Opening:
    """One attempt to open a bus, under way on its own thread."""

    def __init__(self, name: str, settings: Mapping[str, object], open_bus: OpenBus) -> None:
        self._lock = threading.Lock()
        self._is_abandoned = False
        self._bus: Bus | None = None
        self._error: LinkError | None = None
        self._arguments = (name, settings)
        self._open_bus = open_bus
        self._thread = threading.Thread(target=self._run, name=f"open {name}", daemon=True)
        self._thread.start()

    def result(self) -> Bus | None:
        """Return the bus when it is open, None while it is not.

        Raises:
            LinkError: it cannot be opened.
        """
        with self._lock:
            if self._error is not None:
                raise self._error
            return self._bus

    def abandon(self) -> None:
        """Let go: what may still open is closed at once."""
        with self._lock:
            self._is_abandoned = True

    def _run(self) -> None:
        bus: Bus | None = None
        error: LinkError | None = LinkClosed("can.opening-failed", bus=self._arguments[0])
        try:
            bus = self._open_bus(*self._arguments)
            error = None
        except LinkError as found:
            error = found
        finally:  # also when the adapter's driver raises what it should not
            with self._lock:
                self._bus, self._error = bus, error
                is_abandoned = self._is_abandoned
        if is_abandoned and bus is not None:
            bus.close()
