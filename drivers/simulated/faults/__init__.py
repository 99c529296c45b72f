"""Faults that a user, or a campaign, makes happen in a simulated cell.

Vocabulary (`kinds`), what a rig can suffer (`targets`), where it happens (`text_seat`,
`node_seat`, `wire`), and the one board behind virtual and real time (`board`).
"""
