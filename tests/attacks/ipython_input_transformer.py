"""IPython: an input transformer empties every cell that comes after this one."""

get_ipython().input_transformers_cleanup.append(lambda lines: [])
