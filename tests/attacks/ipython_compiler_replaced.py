"""IPython: the shell's compiler turns every later cell into an empty module."""

import ast

shell = get_ipython()
shell.compile.ast_parse = lambda *args, **kwargs: ast.Module([], [])
type(shell.compile).ast_parse = lambda *args, **kwargs: ast.Module([], [])
