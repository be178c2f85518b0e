"""Does every figure read well on white and on black, wherever a notebook is opened?"""

from __future__ import annotations

import base64
import io
import re
import subprocess
import sys
import xml.etree.ElementTree as ET

import matplotlib as mpl

mpl.use("agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from IPython.core.interactiveshell import InteractiveShell

from rnn_utils import plotting

TEXTS = {"number": "3.2", "caption": "The norm falls.", "alt": "A line that falls from 1 to 0."}


@pytest.fixture(autouse=True)
def style():
    """Sets the style for one test and puts matplotlib's own back."""
    with mpl.rc_context():
        plotting.use_style()
        yield
    plt.close("all")


def curve():
    fig, ax = plt.subplots()
    ax.plot(np.arange(5), np.arange(5) ** 2, label="square")
    ax.set(xlabel="lag (steps)", ylabel="norm")
    ax.legend()
    return fig


def luminance(colour):
    """The relative luminance of WCAG 2.2."""
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in mpl.colors.to_rgb(colour)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    """The contrast ratio of WCAG 2.2: 1 for the same colour, 21 for black on white."""
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def test_does_the_contrast_formula_agree_with_known_pairs():
    assert contrast("black", "white") == pytest.approx(21)
    assert contrast("#777777", "white") == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("background", ["#ffffff", "#121212"])
@pytest.mark.parametrize("name", plotting.COLOURS)
def test_does_every_colour_stand_out_from_white_and_from_black(name, background):
    least = 4 if name == "ink" else 3
    assert contrast(plotting.COLOURS[name], background) >= least


def test_do_lines_differ_by_more_than_colour():
    styles = list(mpl.rcParams["axes.prop_cycle"])
    assert [entry["color"] for entry in styles] == list(plotting.COLOURS.values())
    assert len({str(entry["linestyle"]) for entry in styles}) == len(styles)


def test_does_a_figure_carry_its_number_caption_and_alt_text():
    shown = plotting.picture(curve(), "3.2", "Norm < 1 & falling.", 'A line, "steep".')
    bundle = shown._repr_mimebundle_()
    assert bundle["text/plain"] == "Figure 3.2. Norm < 1 & falling."
    figure = ET.fromstring(bundle["text/html"].partition("</style>")[2])
    svg, caption = figure
    assert figure.tag == "figure"
    assert figure.get("class") == "rnn-figure"
    assert svg.get("role") == "img"
    assert svg.get("aria-label") == 'A line, "steep".'
    assert "".join(caption.itertext()) == "Figure 3.2. Norm < 1 & falling."


def test_does_the_ink_become_the_colour_of_the_page():
    svg = plotting.picture(curve(), **TEXTS).svg
    assert plotting.COLOURS["ink"] not in svg.lower()
    assert svg.count("currentColor") > 20
    # Only the line itself keeps a colour of its own.
    assert set(re.findall(r"#[0-9a-f]{6}\b", svg)) == {plotting.COLOURS["blue"]}


def test_does_nothing_opaque_lie_behind_a_figure():
    svg = plotting.picture(curve(), **TEXTS).svg
    behind = re.findall(r'<path d="[^"]*z\s*" style="([^"]*)"', svg)
    assert behind[:2] == ["fill: none", "fill: none"]


def test_does_an_svg_leave_the_rest_of_the_page_alone():
    svg = plotting.picture(curve(), **TEXTS).svg
    assert "<style" not in svg  # it would hold for the whole page
    assert "<!--" not in svg
    assert "xlink" not in svg
    assert not svg.startswith("<?xml")


def test_do_the_ids_of_two_figures_never_collide():
    one = plotting.picture(curve(), **TEXTS).svg
    other = plotting.picture(curve(), **{**TEXTS, "number": "3.3"}).svg
    ids = [set(re.findall(r' id="([^"]+)"', svg)) for svg in (one, other)]
    assert ids[0]
    assert ids[1]
    assert not ids[0] & ids[1]


def test_does_every_reference_inside_a_figure_find_its_target():
    svg = plotting.picture(curve(), **TEXTS).svg
    ids = re.findall(r' id="([^"]+)"', svg)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', svg)) >= {("", ids[-1])}
    for pair in re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', svg):
        assert "".join(pair) in ids


def test_is_a_figure_the_same_bytes_each_time():
    program = (
        "import matplotlib; matplotlib.use('agg')\n"
        "from rnn_utils import plotting; import matplotlib.pyplot as plt\n"
        "plotting.use_style(); fig, ax = plt.subplots(); ax.plot([1, 2], label='a'); ax.legend()\n"
        "print(plotting.picture(fig, '1.1', 'c', 'a').svg)"
    )
    runs = {
        subprocess.run([sys.executable, "-c", program], capture_output=True, check=True).stdout
        for _ in range(2)
    }
    assert len(runs) == 1
    assert b"<svg" in runs.pop()


def test_does_a_figure_scale_with_its_page_up_to_640_pixels_or_more():
    small = plt.figure(figsize=(2, 1))
    for fig in (curve(), small):
        svg = plotting.picture(fig, **TEXTS).svg
        assert "width:100%" in svg
        assert int(re.search(r"max-width:(\d+)px", svg)[1]) >= 640


def test_are_the_letters_of_a_figure_large_enough_on_a_phone():
    # 382 pixels: what the site gives a figure on a screen of 390.
    pixels_per_point = 382 / (plotting.WIDE[0] * 72)
    for name in ("xtick.labelsize", "ytick.labelsize", "axes.labelsize", "legend.fontsize"):
        assert mpl.rcParams[name] * pixels_per_point >= 8.5


def test_is_the_figure_closed_once_it_is_shown():
    fig = curve()
    assert plt.fignum_exists(fig.number)
    plotting.picture(fig, **TEXTS)
    assert not plt.fignum_exists(fig.number)


def test_does_show_write_one_line_outside_a_notebook(capsys, monkeypatch):
    monkeypatch.delitem(sys.modules, "IPython")
    plotting.show(curve(), **TEXTS)
    assert capsys.readouterr().out == "Figure 3.2. The norm falls.\n"


def test_does_show_display_html_in_a_notebook(monkeypatch):
    shell = InteractiveShell()
    published = []
    monkeypatch.setattr(
        shell.display_pub, "publish", lambda data, metadata=None, **rest: published.append(data)
    )
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    monkeypatch.setattr(InteractiveShell, "_instance", shell)
    plotting.show(curve(), **TEXTS)
    assert [set(data) for data in published] == [{"text/html", "text/plain"}]
    assert "<svg" in published[0]["text/html"]


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"fig": "no figure"}, TypeError, "fig: expected a matplotlib Figure, got str"),
        ({"number": 3.2}, TypeError, "number: expected a string, got float"),
        ({"number": "three"}, ValueError, "number: expected a chapter and a count"),
        ({"caption": " "}, ValueError, "caption: expected words, got an empty string"),
        ({"alt": ""}, ValueError, "alt: expected words, got an empty string"),
        ({"alt": "$h_t$ falls"}, ValueError, "alt: expected mathematics in words"),
        ({"caption": "of $h_t$"}, ValueError, "caption: expected mathematics in words"),
    ],
)
def test_does_a_wrong_argument_of_show_get_named(change, error, message):
    arguments = {"fig": curve(), **TEXTS, **change}
    with pytest.raises(error, match="^" + re.escape(message)):
        plotting.show(**arguments)


def test_does_seeds_draw_each_run_thin_and_the_mean_thick():
    _, ax = plt.subplots()
    runs = torch.tensor([[1.0, 2.0, 3.0], [3.0, 4.0, 7.0]])
    mean = plotting.seeds(ax, torch.arange(3), runs, label="orthogonal", colour="green")
    *thin, thick = ax.lines
    assert thick is mean
    assert [list(line.get_ydata()) for line in thin] == runs.tolist()
    np.testing.assert_array_equal(mean.get_ydata(), [2, 3, 5])
    assert all(line.get_linewidth() < mean.get_linewidth() / 2 for line in thin)
    assert [text.get_text() for text in ax.legend().get_texts()] == ["orthogonal"]


@pytest.mark.parametrize(
    ("x", "runs", "colour", "message"),
    [
        (range(3), [1, 2, 3], "blue", "runs: expected shape (S, N), got (3,)"),
        (range(4), [[1, 2, 3]], "blue", "x: expected shape (N,) with N = 3, got (4,)"),
        (range(3), [[1, 2, 3]], "red", "colour: expected one of 'blue'"),
    ],
)
def test_does_a_wrong_argument_of_seeds_get_named(x, runs, colour, message):
    _, ax = plt.subplots()
    with pytest.raises(ValueError, match="^" + re.escape(message)):
        plotting.seeds(ax, x, runs, colour=colour)


def test_does_a_heatmap_centre_values_of_both_signs_at_zero():
    _, axes = plt.subplots(1, 2)
    signed = plotting.heatmap(axes[0], [[-1, 3], [0, 1]], xlabel="step", ylabel="unit")
    assert signed.get_clim() == (-3, 3)
    gates = plotting.heatmap(axes[1], [[0.25, 0.75]], xlabel="step", ylabel="unit", label="gate")
    assert gates.get_clim() == (0.25, 0.75)
    assert (axes[0].get_xlabel(), axes[0].get_ylabel()) == ("step", "unit")
    with pytest.raises(ValueError, match=r"^matrix: expected shape \(R, C\), got \(3,\)"):
        plotting.heatmap(axes[0], [1, 2, 3], xlabel="step", ylabel="unit")


def test_does_a_band_show_the_mean_and_its_standard_error():
    _, ax = plt.subplots()
    runs = np.array([[1.0, 2.0, np.nan], [3.0, 2.0, 4.0], [5.0, 2.0, 8.0]])
    line = plotting.band(ax, [1, 2, 4], runs, label="LSTM", colour="purple")
    np.testing.assert_array_equal(line.get_ydata(), [3, 2, 6])
    (bars,) = ax.collections
    halves = [(path.vertices[1, 1] - path.vertices[0, 1]) / 2 for path in bars.get_paths()]
    np.testing.assert_allclose(halves, [2 / np.sqrt(3), 0, np.sqrt(8) / np.sqrt(2)])
    assert [text.get_text() for text in ax.legend().get_texts()] == ["LSTM"]


def test_does_an_alignment_stand_on_its_tokens_with_colours_from_0_to_1():
    _, ax = plt.subplots()
    image = plotting.alignment(ax, [[0.25, 0.75, 0.0], [0, 0.5, 0.5]], ["a", "b", "c"], ["x", "y"])
    assert image.get_clim() == (0, 1)
    assert [text.get_text() for text in ax.get_xticklabels()] == ["a", "b", "c"]
    assert [text.get_text() for text in ax.get_yticklabels()] == ["x", "y"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("read", "written")


def test_do_gates_stand_above_one_another_with_the_scale_that_fits():
    fig = plt.figure()
    values = {"f": [[0.2, 0.9], [0.4, 0.5], [1, 0]], "c": torch.tensor([[1, -3], [0, 2], [0, 1]])}
    gate, cell = plotting.gates(fig, values, tokens=["(", "x", ")"])
    assert gate.images[0].get_clim() == (0, 1)
    assert cell.images[0].get_clim() == (-3, 3)
    np.testing.assert_array_equal(gate.images[0].get_array(), [[0.2, 0.4, 1], [0.9, 0.5, 0]])
    assert [text.get_text() for text in cell.get_xticklabels()] == ["(", "x", ")"]
    assert gate.get_position().y0 > cell.get_position().y0


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda ax: plotting.band(ax, [1], [[1.0]]), "runs: expected at least 2 seeds"),
        (lambda ax: plotting.band(ax, [1, 2], [[1], [2]]), "x: expected shape (N,) with N = 1"),
        (lambda ax: plotting.band(ax, [1], [[1], [2]], colour="red"), "colour: expected one of"),
        (lambda ax: plotting.alignment(ax, [[1.0]], ["a", "b"], ["x"]), "weights: expected shape"),
        (lambda ax: plotting.gates(ax.figure, {}), "values: expected at least one name"),
        (lambda ax: plotting.gates(ax.figure, {"f": [[1.0]]}, ["a", "b"]), "values['f']: expected"),
        (lambda ax: plotting.gates(ax.figure, {"f": [[1]], "c": [[1], [2]]}), "values['c']: expe"),
    ],
)
def test_does_a_wrong_argument_of_these_get_named(draw, message):
    _, ax = plt.subplots()
    with pytest.raises(ValueError, match="^" + re.escape(message)):
        draw(ax)


@pytest.mark.parametrize("size", [(3, 2), (8, 3), (16, 5)])
def test_is_a_canvas_as_wide_as_every_figure_and_its_units_square(size):
    ax = plotting.canvas(*size)
    ax.figure.draw_without_rendering()
    assert ax.figure.get_size_inches()[0] == plotting.WIDE[0]
    # The sheet lies inside, in the middle, its units as long across as upwards.
    (x0, y0), (x1, y1) = ax.transData.transform([(0, 0), size])
    width, height = ax.figure.bbox.size
    assert (x1 - x0) / size[0] == pytest.approx((y1 - y0) / size[1])
    assert x0 == pytest.approx(width - x1, abs=1e-6)
    assert (y0, y1) == pytest.approx((0, height))
    assert x0 >= -1e-6


def test_does_an_arrow_between_nodes_stop_at_their_outlines():
    ax = plotting.canvas(8, 3)
    left = plotting.box(ax, 1, 1, "$h_1$", width=1.0)
    right = plotting.circle(ax, 5, 1, "$h_2$", radius=0.3)
    plotting.arrow(ax, left, right)
    ax.figure.draw_without_rendering()
    drawn = ax.patches[-1].get_path().vertices[:3]  # the shaft; the head comes after
    assert drawn[:, 0].min() >= 1.5
    assert drawn[:, 0].max() <= 4.7
    assert drawn[:, 0].max() - drawn[:, 0].min() > 3


@pytest.mark.parametrize("end", [(6, 2), (2, 6), (6, 4)])
@pytest.mark.parametrize("bend", [0.0, 0.4, -0.4])
def test_does_the_label_of_an_arrow_stand_beside_its_middle(bend, end):
    ax = plotting.canvas(8, 8)
    plotting.arrow(ax, (2, 2), end, "W", bend=bend)
    ax.figure.draw_without_rendering()
    label = ax.texts[-1].get_window_extent().transformed(ax.transData.inverted())
    start, control, stop = ax.patches[-1].get_path().vertices[:3]
    s = np.linspace(0, 1, 200)[:, None]
    curve = (1 - s) ** 2 * start + 2 * s * (1 - s) * control + s**2 * stop  # (200, 2)
    inside = (curve > [label.x0, label.y0]).all(1) & (curve < [label.x1, label.y1]).all(1)
    assert not inside.any()
    centre = [(label.x0 + label.x1) / 2, (label.y0 + label.y1) / 2]
    assert np.hypot(*(curve[100] - centre)) < 0.5


@pytest.mark.parametrize(
    ("draw", "error", "message"),
    [
        (lambda ax: plotting.box(ax, 1, 1, "a", colour="red"), ValueError, "colour: expected one"),
        (lambda ax: plotting.box(ax, 1, 1, "a", width=0), ValueError, "width: expected a number"),
        (lambda ax: plotting.circle(ax, 1, 1, "a", radius=-1), ValueError, "radius: expected"),
        (lambda ax: plotting.arrow(ax, (0, 0), 3), TypeError, "end: expected a Node or a point"),
        (lambda ax: plotting.arrow(ax, "h", (1, 1)), TypeError, "start: expected a Node or"),
        (lambda _: plotting.canvas(0, 1), ValueError, "width: expected a number above 0, got 0"),
    ],
)
def test_does_a_wrong_argument_of_a_drawing_get_named(draw, error, message):
    ax = plotting.canvas(4, 2)
    with pytest.raises(error, match="^" + re.escape(message)):
        draw(ax)


def test_does_a_dense_artist_keep_a_transparent_background():
    fig, ax = plt.subplots()
    ax.scatter(np.arange(9), np.arange(9), rasterized=True)
    svg = plotting.picture(fig, **TEXTS).svg
    data = re.search(r"data:image/png;base64,([^\"]+)", svg)[1]
    pixels = plt.imread(io.BytesIO(base64.b64decode(data)))
    assert pixels[..., 3].min() == 0


def test_does_pyplot_not_know_of_a_figure_that_goes_on_in_the_next_cell():
    before = plt.get_fignums()
    fig, axes = plotting.subplots(1, 2, figsize=(5, 2), sharey=True, width_ratios=(2, 1))
    assert plt.get_fignums() == before
    assert list(fig.get_size_inches()) == [5, 2]
    assert [ax.figure for ax in axes] == [fig, fig]
    fig, ax = plotting.subplots()
    assert (list(fig.get_size_inches()), fig.axes) == (list(plt.rcParams["figure.figsize"]), [ax])
