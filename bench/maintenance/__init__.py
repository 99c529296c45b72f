"""Looking after the instruments: what a channel shows is compared with what is really there.

`averaging` takes what a channel shows, scan by scan; `comparison` says how far it is off and
whether that is within what is stated of it; `correction` makes a straight line of two points, and
the lines of a rig file that would apply it. Numbers in, numbers out; nothing changes a rig.
"""
