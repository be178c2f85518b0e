"""Does the site work in a real browser, with nothing but itself to load from?"""

from __future__ import annotations

import functools
import http.server
import json
import os
import re
import shutil
import threading
from urllib.parse import urlsplit

import _book
import _site
import pytest

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "google-chrome", "chromium-browser"))), None
)
ARGUMENTS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PAGES = [str(page.relative_to(_site.SITE)) for page in _site.pages()]
CHAPTERS = [f"book/{slug}.html" for slug in _book.CHAPTERS]
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1400, "height": 1000}

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium found: install chromium to run these"),
]
each_page = pytest.mark.parametrize("address", PAGES)
each_chapter = pytest.mark.parametrize("address", CHAPTERS)


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="session")
def origin():
    """The site on loopback."""
    _site.build()
    handler = functools.partial(Quiet, directory=str(_site.SITE))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def chromium(origin, playwright):
    """One Chromium for all tests of this file."""
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS + sandbox)
    yield browser
    browser.close()


class Visit:
    """A browser window that stays on the site and remembers every complaint."""

    def __init__(self, chromium, origin, **settings):
        self.origin = origin
        self.complaints = []
        self.context = chromium.new_context(
            **{"viewport": DESK, "reduced_motion": "reduce", **settings}
        )
        self.context.route("**/*", self.stay)
        self.page = self.context.new_page()
        self.page.on("console", self.hear)
        self.page.on("pageerror", lambda error: self.complaints.append(f"exception: {error}"))
        self.page.on("requestfailed", lambda r: self.complaints.append(f"failed: {r.url}"))
        self.page.on(
            "response",
            lambda r: self.complaints.append(f"{r.status}: {r.url}") if r.status >= 400 else None,
        )

    def hear(self, message):
        if message.type == "error":
            self.complaints.append(f"console: {message.text}")

    def stay(self, route):
        url = route.request.url
        if url.startswith(self.origin) or urlsplit(url).scheme in {"data", "blob"}:
            route.continue_()
        else:
            self.complaints.append(f"another host: {url}")
            route.abort()

    def open(self, address):
        """Open a page and wait until its mathematics is typeset and its fonts are there."""
        self.page.goto(f"{self.origin}/{address}", wait_until="load")
        self.page.evaluate("window.MathJax?.startup?.promise.then(() => true)")
        self.page.evaluate("document.fonts.ready.then(() => true)")
        return self.page

    def close(self):
        self.context.close()


@pytest.fixture
def visit(chromium, origin):
    """Open windows that are closed after the test."""
    opened = []

    def make(**settings):
        opened.append(Visit(chromium, origin, **settings))
        return opened[-1]

    yield make
    for window in opened:
        window.close()


# For each figure: the first opaque background behind it, and the colours that it draws with.
FIGURES = """[...document.querySelectorAll('figure.rnn-figure')].map(figure => {
    let behind = figure;
    const clear = e => /rgba\\(.*, 0\\)|transparent/.test(getComputedStyle(e).backgroundColor);
    while (clear(behind) && behind.parentElement) behind = behind.parentElement;
    const drawn = new Set();
    for (const e of figure.querySelectorAll('svg path, svg use')) {
        const style = getComputedStyle(e);
        if (style.stroke.startsWith('rgb') && +style.strokeOpacity === 1) drawn.add(style.stroke);
    }
    const svg = figure.querySelector('svg');
    return {
        background: getComputedStyle(behind).backgroundColor,
        ink: getComputedStyle(svg).color,
        caption: getComputedStyle(figure.querySelector('figcaption')).color,
        drawn: [...drawn],
        width: svg.getBoundingClientRect().width,
    };
})"""


MATHEMATICS = """() => {
    const all = [...document.querySelectorAll('.bd-article .math')];
    const count = selector => document.querySelectorAll('.bd-article ' + selector).length;
    return {
        written: all.length,
        typeset: all.filter(e => e.querySelector('mjx-container')).length,
        errors: count('mjx-merror'),
        displays: count('mjx-container[display=true]'),
        numbers: count('mjx-container[display=true] mjx-mlabeledtr'),
    };
}"""
PHONE_LAYOUT = """() => ({
    width: document.documentElement.scrollWidth,
    // What is too wide scrolls by itself, and must begin at its beginning.
    cut: [...document.querySelectorAll('.bd-article mjx-container[display=true]')]
        .filter(e => e.getBoundingClientRect().left < 0).length,
})"""


def faults(page, *rules, without=()):
    """What axe finds serious or critical, by all of its rules or by a few."""
    from axe_playwright_python.sync_playwright import Axe

    options = {"preload": False}  # or axe itself fetches style sheets, from wrong addresses
    if rules:
        options["runOnly"] = {"type": "rule", "values": list(rules)}
    # a formula is one colour in a hundred elements: axe would take minutes over a chapter's
    context = {"exclude": [["mjx-container"], *([part] for part in without)]}
    found = Axe().run(page, context, options).response
    assert found["passes"] or found["inapplicable"]
    return [
        {
            "rule": fault["id"],
            "where": [node["html"][:200] for node in fault["nodes"][:4]],
            "why": fault["nodes"][0]["failureSummary"],
        }
        for fault in found["violations"]
        if fault["impact"] in {"serious", "critical"}
    ]


@pytest.fixture(scope="module")
def survey(chromium, origin):
    """Visit a page once, in light and dark, on a desk and on a phone; tell what was seen."""
    seen = {}

    def look(address):
        if address in seen:
            return seen[address]
        window = Visit(chromium, origin, color_scheme="light")
        page = window.open(address)
        page.wait_for_load_state("networkidle")
        about = seen[address] = {"mathematics": page.evaluate(MATHEMATICS)}
        page.evaluate("document.querySelectorAll('details').forEach(e => e.open = true)")
        code = ("pre",) if address in CHAPTERS else ()  # the exercises' code has the same colours
        about["light"] = faults(page, without=code)
        about["figures in light"] = page.evaluate(FIGURES)
        page.evaluate("document.documentElement.dataset.theme = 'dark'")
        about["dark"] = faults(page, "color-contrast", "link-in-text-block", without=code)
        about["figures in dark"] = page.evaluate(FIGURES)
        page.set_viewport_size(PHONE)
        page.wait_for_timeout(600)  # the theme marks what scrolls, after a pause
        about["layout on a phone"] = page.evaluate(PHONE_LAYOUT)
        about["phone"] = faults(page, "scrollable-region-focusable")
        about["phone"] += faults(page, "color-contrast", without=code)
        about["complaints"] = window.complaints
        window.close()
        return about

    return look


@each_page
def test_does_the_page_load_from_itself_alone_and_without_complaint(survey, address):
    assert survey(address)["complaints"] == []


@each_page
def test_is_every_formula_typeset(survey, address):
    mathematics = survey(address)["mathematics"]
    assert mathematics["typeset"] == mathematics["written"]
    assert mathematics["errors"] == 0
    if address in CHAPTERS:
        slug = address.removeprefix("book/").removesuffix(".html")
        assert mathematics["displays"] == len(_book.displays(slug)) > 0
        assert mathematics["numbers"] == len(_book.equations(slug))


@pytest.mark.parametrize("where", ["light", "dark", "phone"])
@each_page
def test_has_the_page_no_serious_fault_of_accessibility(survey, address, where):
    found = survey(address)[where]
    assert not found, json.dumps(found, indent=1)


@each_page
def test_does_no_page_scroll_sideways_on_a_phone(survey, address):
    layout = survey(address)["layout on a phone"]
    assert layout["width"] <= PHONE["width"]
    assert layout["cut"] == 0


def test_does_axe_see_a_fault(visit):
    page = visit().open(PAGES[0])
    assert not faults(page, "image-alt")
    page.evaluate("document.querySelector('article').append(new Image())")
    assert [fault["rule"] for fault in faults(page, "image-alt")] == ["image-alt"]


def test_does_the_guard_notice_another_host(visit):
    window = visit()
    page = window.open(PAGES[0])
    page.evaluate("fetch('https://example.org/font.woff2').catch(() => null)")
    assert any("another host" in complaint for complaint in window.complaints)


def test_are_the_site_s_own_fonts_in_use(visit):
    page = visit().open(PAGES[0])
    loaded = page.evaluate(
        "[...document.fonts].filter(f => f.status === 'loaded').map(f => f.family)"
    )
    assert {"Course Serif", "Course Sans"} <= {family.strip('"') for family in loaded}


def test_does_the_search_find_a_term(visit):
    window = visit()
    page = window.open("search.html?q=palette")
    page.wait_for_selector("#search-results ul.search li a")
    found = page.eval_on_selector_all("#search-results li a", "all => all.map(a => a.href)")
    assert any("api/plotting" in link for link in found)
    page = window.open("search.html?q=xyzzyplugh")
    page.wait_for_function("!document.querySelector('#search-progress')?.innerText.includes('ing')")
    assert page.locator("#search-results ul.search li a").count() == 0
    assert window.complaints == []


def test_does_the_search_field_open_from_any_page(visit):
    page = visit().open(PAGES[1])
    page.keyboard.press("Control+k")
    page.keyboard.type("shapes")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html?q=shapes*")
    assert page.wait_for_selector("#search-results ul.search li a") is not None


def theme(page):
    return page.evaluate("document.documentElement.dataset.theme")


def test_does_the_button_change_the_theme_and_is_it_kept(visit):
    window = visit(color_scheme="light")
    page = window.open(PAGES[0])
    assert theme(page) == "light"
    background = "getComputedStyle(document.body).backgroundColor"
    seen = {theme(page): page.evaluate(background)}
    for _ in range(3):
        page.locator(".theme-switch-button").first.click()
        seen[theme(page)] = page.evaluate(background)
    assert set(seen) == {"light", "dark"}
    assert seen["light"] != seen["dark"]
    while theme(page) != "dark":
        page.locator(".theme-switch-button").first.click()
    assert theme(window.open(PAGES[1])) == "dark"


def luminance(rgb):
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def colour(css):
    red, green, blue, *alpha = map(float, re.findall(r"[\d.]+", css))
    return (red / 255, green / 255, blue / 255), alpha[0] if alpha else 1.0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@each_chapter
def test_are_the_figures_legible_in_both_themes(survey, address, scheme):
    figures = survey(address)[f"figures in {scheme}"]
    assert figures
    for figure in figures:
        background, opacity = colour(figure["background"])
        assert opacity == 1
        assert (luminance(background) > 0.8) == (scheme == "light")
        assert contrast(colour(figure["ink"])[0], background) >= 7
        assert contrast(colour(figure["caption"])[0], background) >= 4.5
        for drawn in figure["drawn"]:
            assert contrast(colour(drawn)[0], background) >= 2.9, drawn
        assert figure["width"] >= 640


def test_is_the_copy_button_there_and_does_it_copy_code(visit):
    window = visit()
    window.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=window.origin)
    page = window.open(CHAPTERS[0])
    block = page.locator("div.cell_input div.highlight").nth(1)
    block.hover()
    block.locator("xpath=..").locator("button.copybtn").first.click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.split() == block.locator("pre").inner_text().split()
