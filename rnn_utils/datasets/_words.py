"""Names of things in many languages, which come with Babel and emoji and need no network."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rnn_utils._errors import expect_one_of
from rnn_utils.datasets._offline import dealt_pairs, extra, labelled_names, own_names, plain
from rnn_utils.datasets._types import Labelled, Pairs

# Languages in the Latin alphabet, most of them with near relatives among the others.
_NAMING = {
    "Czech": "cs",
    "Dutch": "nl",
    "English": "en",
    "Estonian": "et",
    "Finnish": "fi",
    "French": "fr",
    "German": "de",
    "Hungarian": "hu",
    "Italian": "it",
    "Polish": "pl",
    "Portuguese": "pt",
    "Romanian": "ro",
    "Spanish": "es",
    "Swedish": "sv",
    "Turkish": "tr",
}
_NAMES_PER_LANGUAGE = 540  # the least any of them has is 569, in Babel 2.18

_EMOJI_LANGUAGES = {
    "de": "German",
    "en": "English",
    "es": "Spanish",
    "fr": "French",
    "id": "Indonesian",
    "it": "Italian",
    "pt": "Portuguese",
    "tr": "Turkish",
}
_EMOJI_VERSION = 15.0  # of Unicode's list: later signs are not in every version of the package


def language_names() -> Labelled:
    """Return what 15 languages call countries, languages, scripts, moneys, months and weekdays.

    As many names of each language, none of them the name of anything in another one. What is
    named is dealt out language by language: a country whose Czech name is tested on may be met
    in training under its Polish name.
    """
    parse = extra("babel").Locale.parse
    names = {
        language: {name for name in _names_of(parse(code)) if _is_word_like(name)}
        for language, code in _NAMING.items()
    }
    pairs = own_names("language_names", names, _NAMES_PER_LANGUAGE, "Babel")
    return labelled_names("language_names", pairs, mix=True)


def _names_of(locale: Any) -> Iterator[str]:
    """Yield every name that a locale of Babel has for a thing of its lists."""
    named = [v for code, v in locale.territories.items() if len(code) == 2]  # no continents
    for catalogue in (locale.languages, locale.scripts, locale.currencies):
        named += catalogue.values()
    for calendar in (locale.months, locale.days):
        for use in ("format", "stand-alone"):
            named += calendar[use].get("wide", {}).values()
    for name in named:
        yield plain(str(name))


def _is_word_like(name: str) -> bool:
    """Whether a name has three letters or more, and no brackets, digits or other signs."""
    return len(name) >= 3 and all(letter.isalpha() or letter in " -'’" for letter in name)


def emoji_names(source: str = "en", target: str = "fr") -> Pairs:
    """Return what two languages call the emoji, in lower case and without skin tones or flags."""
    expect_one_of("source", source, _EMOJI_LANGUAGES)
    expect_one_of("target", target, _EMOJI_LANGUAGES)
    emoji = extra("emoji")
    if hasattr(emoji.config, "load_language"):  # from 2.13 on, languages are read when asked for
        for language in (source, target):
            emoji.config.load_language(language)
    signs = [
        sign
        for sign, about in emoji.EMOJI_DATA.items()
        if about["status"] == emoji.STATUS["fully_qualified"]
        and about["E"] <= _EMOJI_VERSION
        and not any(_modifies(character) for character in sign)
    ]
    signs.sort()

    def name(sign: str, language: str) -> str:
        return plain(emoji.EMOJI_DATA[sign][language].strip(":").replace("_", " ").lower())

    return dealt_pairs(
        "emoji_names",
        [name(sign, source) for sign in signs],
        [name(sign, target) for sign in signs],
        [_EMOJI_LANGUAGES[source]] * len(signs),
        keys=[f"emoji {sign}" for sign in signs],
        strata=[0] * len(signs),
    )


def _modifies(character: str) -> bool:
    """Whether it is a skin tone, or one of the letters that flags are spelt with."""
    return "\U0001f3fb" <= character <= "\U0001f3ff" or "\U0001f1e6" <= character <= "\U0001f1ff"
