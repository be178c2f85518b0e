"""Exits: sys.exit, quit and exit, and the shell is told to leave."""

import sys

get_ipython().ask_exit()
get_ipython().exit_now = True
sys.exit(0)
