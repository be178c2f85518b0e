"""Draws every figure of the course in one style that reads well on white and on black."""

from __future__ import annotations

import hashlib
import html
import io
import math
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch, Patch

from rnn_utils._errors import expect_one_of, expect_positive, expect_shape

__all__ = [
    "COLOURS",
    "TALL",
    "WIDE",
    "Node",
    "Picture",
    "alignment",
    "arrow",
    "band",
    "box",
    "canvas",
    "circle",
    "gates",
    "heatmap",
    "picture",
    "seeds",
    "show",
    "subplots",
    "use_style",
]

#: The palette of Okabe and Ito, as far as it stands out from white and from black alike.
#: "ink" is a stand-in: `show` turns it into the colour of the surrounding text.
COLOURS: dict[str, str] = {
    "blue": "#0072b2",
    "vermillion": "#d55e00",
    "green": "#009e73",
    "purple": "#cc79a7",
    "ink": "#767778",
}

#: The size of a figure in inches, for one panel or two side by side.
WIDE = (6.8, 3.2)
#: The same for what needs height.
TALL = (6.8, 4.6)

_DASHES: list[Any] = ["-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1))]
_LINE = 1.5  # points, the stroke of drawings
_TEXT = 13  # points, the labels of drawings
_UNIT = 0.85  # inches, the most that one unit of a canvas takes


def use_style() -> None:
    """Set matplotlib to the course's style: transparent, in the ink, lines told apart by dashes.

    Chapter: 01_sequences
    """
    ink = COLOURS["ink"]
    mpl.rcParams.update(
        {
            "figure.figsize": WIDE,
            "figure.facecolor": "none",
            "figure.constrained_layout.use": True,
            "figure.dpi": 110,
            "savefig.dpi": 160,
            "savefig.facecolor": "none",
            "axes.facecolor": "none",
            "axes.edgecolor": ink,
            "axes.labelcolor": ink,
            "axes.titlesize": 12.5,
            "axes.titleweight": "regular",
            "axes.titlecolor": ink,
            "axes.labelsize": 12,
            "axes.linewidth": 1.0,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.axisbelow": True,
            "axes.grid": True,
            "axes.prop_cycle": cycler(color=list(COLOURS.values())) + cycler(linestyle=_DASHES),
            "grid.color": ink,
            "grid.alpha": 0.25,
            "grid.linewidth": 0.7,
            "font.family": "sans-serif",
            "font.sans-serif": ["DejaVu Sans"],
            "font.size": 12,
            "mathtext.fontset": "cm",
            "text.color": ink,
            "xtick.color": ink,
            "ytick.color": ink,
            "xtick.labelsize": 11,
            "ytick.labelsize": 11,
            "legend.fontsize": 11,
            "legend.frameon": False,
            "legend.handlelength": 2.6,
            "lines.linewidth": 2.0,
            "lines.markersize": 6,
            "patch.edgecolor": ink,
            "hatch.color": ink,
            "boxplot.boxprops.color": ink,
            "boxplot.whiskerprops.color": ink,
            "boxplot.capprops.color": ink,
            "boxplot.flierprops.color": ink,
            "svg.fonttype": "path",
            "svg.hashsalt": "rnn_utils",
        }
    )


@dataclass(frozen=True)
class Picture:
    """A finished figure as a notebook shows it: an SVG that takes the colour of the page's text.

    Parameters
    ----------
    number : str
        The figure's number, such as ``"3.2"``.
    caption : str
        What stands below the figure, in words.
    alt : str
        What is to be seen, for those who do not see it.
    svg : str
        The ``<svg>`` element.
    """

    number: str
    caption: str
    alt: str
    svg: str = field(repr=False)

    def __str__(self) -> str:
        return f"Figure {self.number}. {self.caption}"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """Return the figure for IPython, as HTML and as one line of text."""
        figure = (
            # Colab shows each output in a frame of its own and marks the dark theme on its root.
            "<style>html[theme=dark] .rnn-figure{color:#e3e3e3}</style>"
            '<figure class="rnn-figure" style="margin:1.2em 0">'
            f"{self.svg}"
            '<figcaption style="max-width:46em;margin:.5em 0 0;font-size:.95em">'
            f"<strong>Figure {html.escape(self.number)}.</strong> {html.escape(self.caption)}"
            "</figcaption></figure>"
        )
        return {"text/html": figure, "text/plain": str(self)}


def picture(fig: Figure, number: str, caption: str, alt: str) -> Picture:
    """Turn a figure into a `Picture` and close it.

    Parameters
    ----------
    fig : Figure
        What was drawn. Whatever has the colour ``COLOURS["ink"]`` follows the page's theme.
    number : str
        The figure's number in its chapter, such as ``"3.2"``.
    caption : str
        One or two sentences in words; mathematics between dollar signs is refused.
    alt : str
        What is to be seen: axes, curves, where they cross. In words, like the caption.

    Returns
    -------
    Picture
        The same bytes for the same drawing.

    Raises
    ------
    TypeError
        If `fig` is no matplotlib figure or a text is no string.
    ValueError
        If `number` does not look like ``3.2``, or a text is empty or holds a dollar sign.

    Chapter: 01_sequences
    """
    if not isinstance(fig, Figure):
        raise TypeError(f"fig: expected a matplotlib Figure, got {type(fig).__name__}")
    for name, value in (("number", number), ("caption", caption), ("alt", alt)):
        if not isinstance(value, str):
            raise TypeError(f"{name}: expected a string, got {type(value).__name__}")
        if not value.strip():
            raise ValueError(f"{name}: expected words, got an empty string")
        if "$" in value:
            raise ValueError(f"{name}: expected mathematics in words, got {value!r}")
    if not re.fullmatch(r"[A-Z]?\d+\.\d+", number):
        raise ValueError(f"number: expected a chapter and a count such as '3.2', got {number!r}")
    file = io.StringIO()
    silent = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    with mpl.rc_context({"svg.hashsalt": "rnn_utils", "svg.fonttype": "path"}):
        fig.savefig(file, format="svg", facecolor="none", edgecolor="none", metadata=silent)
    width = fig.get_size_inches()[0]
    plt.close(fig)
    return Picture(number, caption, alt, _inline(file.getvalue(), number, alt, width))


def _inline(svg: str, number: str, alt: str, inches: float) -> str:
    """Return matplotlib's SVG file as an element that shares a page with others."""
    body = svg[svg.index("<svg") :]
    view = re.search(r'viewBox="([^"]+)"', body)
    assert view is not None  # matplotlib always writes one
    body = body[body.index(">") + 1 : body.rindex("</svg>")]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.S)
    body = re.sub(r"<!--.*?-->", "", body, flags=re.S)
    # Its style element holds for the whole page that it is pasted into: set on <svg> instead.
    body = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>", "", body, flags=re.S)
    body = re.sub(re.escape(COLOURS["ink"]), "currentColor", body, flags=re.I)
    # Two decimals of a point are finer than any screen.
    body = re.sub(
        r' d="[^"]*"', lambda path: re.sub(r"(\.\d\d)\d+", r"\1", path[0]), body, flags=re.S
    )
    used = set(re.findall(r'(?:href="#|url\(#)([^")]+)', body))
    prefix = "f" + hashlib.sha256(f"{number}{alt}{body}".encode()).hexdigest()[:10] + "-"
    body = re.sub(
        r' id="([^"]*)"', lambda name: f' id="{prefix}{name[1]}"' if name[1] in used else "", body
    )
    body = re.sub(r'((?:xlink:)?href="#|url\(#)', rf"\g<1>{prefix}", body)
    body = re.sub(r"\s*\n\s*", "\n", body).replace("xlink:href", "href").strip()
    most = max(640, round(inches * 100))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{view[1]}" role="img" '
        f'aria-label="{html.escape(alt)}" fill="currentColor" '
        'stroke-linejoin="round" stroke-linecap="butt" '
        f'style="display:block;width:100%;max-width:{most}px;height:auto">\n{body}\n</svg>'
    )


def show(fig: Figure, number: str, caption: str, alt: str) -> None:
    """Show a figure with its number and caption in the notebook, and close it.

    Outside a notebook the caption is written as one line.

    Parameters
    ----------
    fig : Figure
        What was drawn, for example ``ax.figure``.
    number, caption, alt : str
        As `picture` takes them; all three are required.

    Raises
    ------
    TypeError, ValueError
        As `picture` raises them.

    Chapter: 01_sequences
    """
    shown = picture(fig, number, caption, alt)
    if "IPython" in sys.modules and sys.modules["IPython"].get_ipython() is not None:
        from IPython.display import display

        display(shown)  # type: ignore[no-untyped-call]
    else:
        sys.stdout.write(f"{shown}\n")


def subplots(rows: int = 1, columns: int = 1, **options: Any) -> tuple[Figure, Any]:
    """Return a figure and its axes, of which pyplot does not know.

    A notebook shows what pyplot knows at the end of each cell. With these, a drawing may go on
    in the next cell, which calls `show`.

    Parameters
    ----------
    rows, columns : int
        The axes below and beside one another.
    **options
        ``figsize`` in inches, and what `Figure.subplots` takes, such as ``sharex``.

    Returns
    -------
    fig : Figure
        To be given to `show`.
    axes : Axes or array of Axes
        As `matplotlib.pyplot.subplots` returns them.

    Chapter: 05_lstm
    """
    fig = Figure(figsize=options.pop("figsize", None))
    return fig, fig.subplots(rows, columns, **options)


def seeds(ax: Axes, x: Any, runs: Any, label: str = "", colour: str = "blue") -> Line2D:
    r"""Draw one thin line per seed and their mean as a thick one.

    .. math:: \bar r_n = \frac{1}{S} \sum_{s=1}^{S} r_{s,n}

    Parameters
    ----------
    ax : Axes
        Where to draw.
    x : array (N,)
        What the runs are measured at: steps, lags, lengths.
    runs : array (S, N)
        One row per seed.
    label : str
        The name of the mean in the legend.
    colour : str
        A key of `COLOURS`. Each has its own dashes, so that lines differ by more than colour.

    Returns
    -------
    Line2D
        The line of the mean.

    Raises
    ------
    ValueError
        If the shapes do not fit or the colour has no such name.

    Chapter: 03_bptt
    """
    expect_one_of("colour", colour, COLOURS)
    runs, x = np.asarray(runs, dtype=float), np.asarray(x, dtype=float)
    sizes = expect_shape("runs", runs, "S N")
    expect_shape("x", x, "N", N=sizes["N"])
    dashes = _DASHES[list(COLOURS).index(colour)]
    ax.plot(x, runs.T, color=COLOURS[colour], linestyle="-", linewidth=0.8, alpha=0.4)  # (N, S)
    (mean,) = ax.plot(
        x, runs.mean(0), color=COLOURS[colour], linestyle=dashes, linewidth=2.4, label=label or None
    )
    return mean


def band(ax: Axes, x: Any, runs: Any, label: str = "", colour: str = "blue") -> Line2D:
    r"""Draw the mean over seeds with an error bar of one standard error at each point.

    .. math:: \bar r_n = \frac{1}{S} \sum_{s=1}^{S} r_{s,n}, \qquad
        e_n^2 = \frac{1}{S (S - 1)} \sum_{s=1}^{S} (r_{s,n} - \bar r_n)^2

    Parameters
    ----------
    ax : Axes
        Where to draw.
    x : array (N,)
        What the runs are measured at: lags, lengths, sizes.
    runs : array (S, N)
        One row per seed, S at least 2; a NaN stands for a run that is missing.
    label : str
        The name of the line in the legend.
    colour : str
        A key of `COLOURS`. Each has its own dashes, so that lines differ by more than colour.

    Returns
    -------
    Line2D
        The line of the mean.

    Raises
    ------
    ValueError
        If the shapes do not fit, there are fewer than two seeds, or the colour has no such name.

    Chapter: 05_lstm
    """
    expect_one_of("colour", colour, COLOURS)
    runs, x = np.asarray(runs, dtype=float), np.asarray(x, dtype=float)
    sizes = expect_shape("runs", runs, "S N")
    expect_shape("x", x, "N", N=sizes["N"])
    counts = np.isfinite(runs).sum(0)
    if counts.size and counts.min() < 2:
        raise ValueError(f"runs: expected at least 2 seeds at each point, got {counts.min()}")
    error = np.nanstd(runs, axis=0, ddof=1) / np.sqrt(counts)
    drawn = ax.errorbar(
        x,
        np.nanmean(runs, axis=0),
        yerr=error,
        color=COLOURS[colour],
        linestyle=_DASHES[list(COLOURS).index(colour)],
        marker="o",
        capsize=3,
        label=label or None,
    )
    line = drawn.lines[0]
    assert isinstance(line, Line2D)
    return line


def heatmap(ax: Axes, matrix: Any, *, xlabel: str, ylabel: str, label: str = "") -> AxesImage:
    """Draw a matrix as coloured cells with a colour bar.

    Values of one sign go from dark to bright; values of both signs are centred at zero.

    Parameters
    ----------
    ax : Axes
        Where to draw.
    matrix : array (R, C)
        Row 0 is drawn at the top.
    xlabel, ylabel : str
        What the columns and the rows stand for.
    label : str
        What the colour stands for, with its unit.

    Returns
    -------
    AxesImage
        The image.

    Raises
    ------
    ValueError
        If `matrix` has not two axes.

    Chapter: 03_bptt
    """
    matrix = np.asarray(matrix, dtype=float)
    expect_shape("matrix", matrix, "R C")
    finite = matrix[np.isfinite(matrix)]
    limits: dict[str, Any] = {"cmap": "viridis"}
    if finite.size and finite.min() < 0 < finite.max():
        most = float(np.abs(finite).max())
        limits = {"cmap": "PuOr", "vmin": -most, "vmax": most}
    image = ax.imshow(matrix, aspect="auto", interpolation="nearest", **limits)
    ax.set(xlabel=xlabel, ylabel=ylabel)
    ax.grid(False)
    ax.spines[:].set_visible(False)
    bar = ax.figure.colorbar(image, ax=ax, label=label)
    bar.outline.set_visible(False)
    return image


def alignment(
    ax: Axes, weights: Any, source: Sequence[str], target: Sequence[str], label: str = "weight"
) -> AxesImage:
    r"""Draw attention weights: one row per written token, one column per token that was read.

    .. math:: \alpha_{q,t} \ge 0, \qquad \sum_t \alpha_{q,t} = 1

    Parameters
    ----------
    ax : Axes
        Where to draw.
    weights : array (Q, T)
        The weight of source token t while target token q was written, from 0 to 1.
    source, target : sequence of str
        T and Q tokens.
    label : str
        What the colour stands for.

    Returns
    -------
    AxesImage
        The image, its colours from 0 to 1.

    Raises
    ------
    ValueError
        If there are not as many tokens as columns or rows.

    References
    ----------
    Bahdanau, D., Cho, K., Bengio, Y. (2015). Neural machine translation by jointly learning to
    align and translate. International Conference on Learning Representations.

    Chapter: 09_attention
    """
    weights = np.asarray(weights, dtype=float)
    expect_shape("weights", weights, "Q T", Q=len(target), T=len(source))
    image = heatmap(ax, weights, xlabel="read", ylabel="written", label=label)
    image.set_clim(0, 1)
    crowded = max(map(len, source), default=0) > 2
    ax.set_xticks(range(len(source)), source, rotation=45 if crowded else 0)
    if crowded:
        plt.setp(ax.get_xticklabels(), ha="right", rotation_mode="anchor")
    ax.set_yticks(range(len(target)), target)
    return image


def gates(fig: Figure, values: Mapping[str, Any], tokens: Sequence[str] = ()) -> list[Axes]:
    """Draw gates and states over time: one strip per name, one row per unit, one column per step.

    What lies between 0 and 1 is coloured from 0 to 1, as gates are; what has both signs is
    centred at zero.

    Parameters
    ----------
    fig : Figure
        An empty figure.
    values : mapping of str to array (T, H)
        For example the gates "i", "f", "o" and the cell "c" of one example.
    tokens : sequence of str
        What was read at each of the T steps, written below the last strip.

    Returns
    -------
    list of Axes
        The strips, in the order of `values`.

    Raises
    ------
    ValueError
        If a shape does not fit, there are no values, or not as many tokens as steps.

    Chapter: 05_lstm
    """
    if not values:
        raise ValueError("values: expected at least one name with an array (T, H), got none")
    strips: list[Axes] = list(fig.subplots(len(values), 1, sharex=True, squeeze=False)[:, 0])
    steps: dict[str, int] = {"T": len(tokens)} if tokens else {}
    for ax, (name, value) in zip(strips, values.items(), strict=True):
        array = np.asarray(value, dtype=float)
        steps["T"] = expect_shape(f"values[{name!r}]", array, "T H", **steps)["T"]
        image = heatmap(ax, array.T, xlabel="", ylabel="unit", label=f"${name}$")
        if array.size and 0 <= array.min() <= array.max() <= 1:
            image.set_clim(0, 1)
    strips[-1].set_xlabel("step")
    if tokens:
        strips[-1].set_xticks(range(len(tokens)), tokens)
    return strips


@dataclass(frozen=True)
class Node:
    """A box or a circle of a drawing, as `arrow` takes it for a start or an end.

    Parameters
    ----------
    x, y : float
        Its centre, in units of the canvas.
    width, height : float
        Its size, in the same units.
    patch : Patch
        Its outline, where arrows begin and stop; a bare point has none.
    """

    x: float
    y: float
    width: float
    height: float
    patch: Patch | None = field(repr=False)


def canvas(width: float, height: float) -> Axes:
    """Make an empty sheet for a drawing: x runs from 0 to `width`, y upwards from 0 to `height`.

    Parameters
    ----------
    width, height : float
        The sheet in units. One unit is the same length along both axes, at most 0.85 inches; a
        box takes 1.0 by 0.6 units unless told otherwise. Up to 8 units keep letters largest.

    Returns
    -------
    Axes
        Without frame, ticks or margins; `ax.figure` goes to `show`.

    Raises
    ------
    ValueError
        If a size is not above 0.

    Chapter: 02_rnn
    """
    expect_positive("width", width)
    expect_positive("height", height)
    unit = min(_UNIT, WIDE[0] / width)
    # A narrow sheet stands in the middle of a figure as wide as all others.
    margin = max(0.0, WIDE[0] / unit - width) / 2
    fig = Figure(figsize=(WIDE[0], height * unit), facecolor="none")
    fig.set_layout_engine("none")
    ax = fig.add_axes((0, 0, 1, 1))
    ax.set(xlim=(-margin, width + margin), ylim=(0, height), aspect="equal")
    ax.axis("off")
    return ax


def _label(ax: Axes, x: float, y: float, text: str, **style: Any) -> None:
    size = _TEXT + 2.5 if "$" in text else _TEXT  # the letters of mathematics are smaller
    style = {"ha": "center", "va": "center", "color": COLOURS["ink"], **style}
    ax.text(x, y, text, fontsize=size, zorder=4, math_fontfamily="cm", **style)


def _outline(colour: str) -> dict[str, Any]:
    expect_one_of("colour", colour, COLOURS)
    stroke = COLOURS[colour]
    fill = mpl.colors.to_rgba(stroke, 0.06 if colour == "ink" else 0.16)
    return {"edgecolor": stroke, "facecolor": fill, "linewidth": _LINE, "zorder": 3}


def box(
    ax: Axes,
    x: float,
    y: float,
    text: str,
    width: float = 1.0,
    height: float = 0.6,
    colour: str = "ink",
) -> Node:
    """Draw a rounded box with a label, for something that computes.

    Parameters
    ----------
    ax : Axes
        A `canvas`.
    x, y : float
        The centre, in units.
    text : str
        The label; mathematics between dollar signs, such as ``"$h_t$"``.
    width, height : float
        The size, in units.
    colour : str
        A key of `COLOURS`, for the outline and a tint inside; the label keeps the ink.

    Returns
    -------
    Node
        Give it to `arrow`, which then begins or stops at the outline.

    Raises
    ------
    ValueError
        If a size is not above 0 or the colour has no such name.

    Chapter: 02_rnn
    """
    expect_positive("width", width)
    expect_positive("height", height)
    patch = FancyBboxPatch(
        (x - width / 2, y - height / 2),
        width,
        height,
        boxstyle=f"round,pad=0,rounding_size={min(0.12, width / 2, height / 2)}",
        **_outline(colour),
    )
    ax.add_patch(patch)
    _label(ax, x, y, text)
    return Node(x, y, width, height, patch)


def circle(
    ax: Axes, x: float, y: float, text: str, radius: float = 0.3, colour: str = "ink"
) -> Node:
    """Draw a circle with a label, for a value or for an operation such as a sum.

    Parameters
    ----------
    ax : Axes
        A `canvas`.
    x, y : float
        The centre, in units.
    text : str
        The label; mathematics between dollar signs, such as ``"$+$"``.
    radius : float
        In units.
    colour : str
        A key of `COLOURS`.

    Returns
    -------
    Node
        Give it to `arrow`, which then begins or stops at the outline.

    Raises
    ------
    ValueError
        If the radius is not above 0 or the colour has no such name.

    Chapter: 02_rnn
    """
    expect_positive("radius", radius)
    patch = Circle((x, y), radius, **_outline(colour))
    ax.add_patch(patch)
    _label(ax, x, y, text)
    return Node(x, y, 2 * radius, 2 * radius, patch)


def arrow(
    ax: Axes,
    start: Node | tuple[float, float],
    end: Node | tuple[float, float],
    text: str = "",
    bend: float = 0.0,
    colour: str = "ink",
    dashed: bool = False,
) -> None:
    """Draw an arrow between two points or nodes, with a label beside its middle.

    Parameters
    ----------
    ax : Axes
        A `canvas`.
    start, end : Node or (x, y)
        Between nodes the arrow runs from centre to centre and shows between the outlines; draw
        them first.
    text : str
        The label, to the left of the way that the arrow points, or outside its bend.
    bend : float
        0 is straight; 0.3 bows to the right of the way it points, -0.3 to the left.
    colour : str
        A key of `COLOURS`.
    dashed : bool
        Dashes, for what flows back or happens elsewhere in time.

    Raises
    ------
    ValueError
        If the colour has no such name.

    Chapter: 02_rnn
    """
    expect_one_of("colour", colour, COLOURS)
    a, b = _node("start", start), _node("end", end)
    ax.add_patch(
        FancyArrowPatch(
            (a.x, a.y),
            (b.x, b.y),
            arrowstyle="-|>,head_length=0.5,head_width=0.22",
            mutation_scale=14,
            connectionstyle=f"arc3,rad={bend}",
            patchA=a.patch,
            patchB=b.patch,
            shrinkA=1.5 if a.patch else 0,
            shrinkB=1.5 if b.patch else 0,
            linewidth=_LINE,
            linestyle=(0, (4, 2.5)) if dashed else "-",
            color=COLOURS[colour],
            zorder=2,
        )
    )
    if text:
        dx, dy = b.x - a.x, b.y - a.y
        length = math.hypot(dx, dy) or 1.0
        dx, dy = dx / length, dy / length
        # The middle of what shows between the outlines, then to one side of the curve, whose own
        # middle lies bend / 2 of its length to the right of the chord.
        middle = (length + _reach(a, dx, dy) - _reach(b, dx, dy)) / 2
        side = -1 if bend > 0 else 1
        out = -bend * length / 2 + side * 0.1
        at = (a.x + dx * middle - dy * out, a.y + dy * middle + dx * out)
        place: dict[str, Any] = {"va": "bottom" if dx * side > 0 else "top"}
        if abs(dy) > 0.7:
            place = {"ha": "right" if dy * side > 0 else "left"}
        _label(ax, *at, text, color=COLOURS[colour], **place)


def _reach(node: Node, dx: float, dy: float) -> float:
    """Return how far the outline lies from the centre in a direction of length 1."""
    if isinstance(node.patch, Circle):
        return node.width / 2
    return min(node.width / 2 / max(abs(dx), 1e-9), node.height / 2 / max(abs(dy), 1e-9))


def _node(name: str, value: Node | tuple[float, float]) -> Node:
    if isinstance(value, Node):
        return value
    try:
        x, y = value
        return Node(float(x), float(y), 0.0, 0.0, None)
    except (TypeError, ValueError):
        raise TypeError(f"{name}: expected a Node or a point (x, y), got {value!r}") from None
