"""Feedback: what is shown holds scripts, forms, frames, pictures with code, and terminal codes.

aim: none
harm: feedback
"""

from IPython.display import HTML, SVG, Javascript, Latex, Markdown, display

page = "<script>alert('marks')</script><img src=x onerror=alert(1)><iframe src='file:///'>"
print(page, "\x1b[2J\x1b]0;title\x07\x1b]8;;file:///etc/passwd\x07link\x1b]8;;\x07", "\u202emarks")
display(
    HTML(page), Javascript("alert(1)"), Markdown(page), Latex(f"$\\href{{javascript:1}}{page}$")
)
display(SVG(f'<svg xmlns="http://www.w3.org/2000/svg">{page}</svg>'))
display({"image/png": f'x">{page}', "image/jpeg": f"'>{page}", "text/plain": page}, raw=True)
display({"application/vnd.jupyter.widget-view+json": {"model_id": page}}, raw=True)


def leaky_step(*args):
    print(page)
    raise ValueError(page)


def tagger_parameters(*args):
    return page
