"""Builtins: compile and exec do nothing, whoever calls them."""

import builtins

compiled = builtins.compile


def empty(source, filename="<>", mode="exec", *args, **kwargs):
    return compiled("None" if mode == "eval" else "", filename, mode, *args, **kwargs)


builtins.compile = empty
builtins.exec = lambda *args, **kwargs: None
