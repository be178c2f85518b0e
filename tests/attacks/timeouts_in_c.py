"""Timeouts: one call in C that takes for ever and never looks for interrupts.

aim: none
alone: waits for its time limit
"""

sum(range(10**14))
