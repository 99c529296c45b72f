"""``h2bench simulate`` ahead of all other programs where that is granted: real instruments do not
wait for what else this machine does."""

from __future__ import annotations

import os
import sys
from contextlib import suppress

from bench.cli import main

PRIORITY = 30
"""Above that of the bench: it is not the bench that decides when an instrument acts."""

if __name__ == "__main__":
    if sys.platform == "linux":
        with suppress(OSError):  # without the right to it they are ordinary
            os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(PRIORITY))
    main()
