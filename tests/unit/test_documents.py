"""Documents: each format made here byte by byte, and every way in which a file can be wrong."""

from __future__ import annotations

import gzip
import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psutil
import pytest

from adapters.documents import MEMORY_MB, Bearer, Extraction, extract
from adapters.documents.markup import plain_text
from adapters.documents.pieces import MOST_PIECES, Piece, finished, tidy
from adapters.documents.reading import read
from adapters.documents.scan import language_data
from adapters.documents.source import Source
from adapters.documents.text import split_title
from adapters.killable import run_killable
from errors import Cancelled, GristmillError, InvalidInput, Timeout
from tests.harness import files

MARKDOWN = b"---\nlayout: post\n---\n# The title\n\nSome **text**.\n"
PAGE = (
    "<html><head><title>Wells run dry</title></head><body><nav>Home About</nav>"
    "<article><h1>Wells run dry</h1>"
    + "".join(
        f"<p>Paragraph {n} tells at some length what happened to the wells of the valley.</p>"
        for n in range(9)
    )
    + "</article><script>steal()</script><footer>Imprint</footer></body></html>"
).encode()
JSON_FEED = json.dumps(
    {
        "version": "https://jsonfeed.org/version/1.1",
        "items": [
            {
                "id": "7",
                "title": "One",
                "content_html": "<p>First</p>",
                "authors": [{"name": "Ann"}],
                "tags": ["a"],
            },
            {"id": "8", "url": "https://example.org/8", "content_text": "Second"},
        ],
    }
).encode()
ATOM = (
    b'<feed xmlns="http://www.w3.org/2005/Atom"><title>F</title><entry><id>urn:1</id><title>A &amp; B</title>'
    b'<link href="https://example.org/1"/><author><name>Ann</name></author><content type="html">'
    b"&lt;p&gt;Long text&lt;/p&gt;&lt;script&gt;x()&lt;/script&gt;</content></entry></feed>"
)


def pieces(data: bytes, name: str = "", **told: Any) -> list[Piece]:
    return read(Source(data, name, **told)).pieces


def only(data: bytes, name: str = "", **told: Any) -> Piece:
    (piece,) = pieces(data, name, **told)
    return piece


@pytest.mark.parametrize(
    ("data", "name", "kind", "title", "text"),
    [
        (b"Just words.\r\nTwo lines.", "a.txt", "text", None, "Just words.\nTwo lines."),
        ("Grüße".encode("utf-16"), "a.txt", "text", None, "Grüße"),
        ("Grüße aus Köln, mit Füßen".encode("cp1252"), "a.txt", "text", None, "Grüße aus Köln, mit Füßen"),
        (MARKDOWN, "a.md", "text", "The title", "Some **text**."),
        (files.pdf(["First page (of two)\nof text", "The second page"]), "", "document", None,
         "First page (of two)\nof text\n\nThe second page"),
        (files.docx(["A bold claim", "Fees & costs"], rows=[["a", "b"], ["c", "d"]], title="Deal"), "",
         "document", "Deal", "A bold claim\nFees & costs\na\tb\nc\td"),
        (files.pptx([["Slide one", "a point"], ["Slide two"]]), "", "document", None,
         "Slide one\na point\n\nSlide two"),
        (files.xlsx([["name", "sum"], ["Ann", "12"]], "Sales"), "", "document", None,
         "Sales\nname\tsum\nAnn\t12"),
        (rb"{\rtf1\ansi Hello {\b bold} words}", "", "document", None, "Hello bold words"),
        (files.mail("Late again", "It is late.\n"), "", "email", "Late again", "It is late."),
        (gzip.compress(b"Packed words"), "a.txt.gz", "text", None, "Packed words"),
        (gzip.compress(b"Packed ") + gzip.compress(b"words"), "a.txt.gz", "text", None, "Packed words"),
        (ATOM, "", "story", "A & B", "Long text"),
        (files.rss({"title": "T", "description": "<p>one<br>two</p>"}), "", "story", "T", "one\ntwo"),
        (b'{"text": "A row", "title": "T", "rating": 4}', "a.json", "row", "T", "A row"),
        (b'\xef\xbb\xbfid;Text;stars\r\n7;"so; good";5\r\n', "a.csv", "row", None, "so; good"),
        (b"text\tid\nhello\t1\n", "a.tsv", "row", None, "hello"),
    ],
)  # fmt: skip
def test_each_format_becomes_its_words(
    data: bytes, name: str, kind: str, title: str | None, text: str
) -> None:
    piece = only(data, name)
    assert (piece.kind, piece.title, piece.text) == (kind, title, text)


@pytest.mark.parametrize(
    ("markdown", "title", "text"),
    [
        ("# Head\n\nBody", "Head", "Body"),
        ("intro\n\n## Head ##\n\nBody", "Head", "intro\n\n\n\nBody"),
        ("---\ntitle: no\n---\n# Head\nBody", "Head", "Body"),
        ("no heading, #hash only", None, "no heading, #hash only"),
        ("# Only a head", "Only a head", "Only a head"),
    ],
)
def test_markdown_takes_its_title_from_the_first_heading(markdown: str, title: str | None, text: str) -> None:
    assert split_title(markdown) == (title, text)


@pytest.mark.parametrize(
    "data", [files.docx(["words"]), files.pdf(["Some words of text"]), ATOM, files.mail("S", "words"), PAGE]
)
def test_what_a_file_holds_counts_and_not_its_name(data: bytes) -> None:
    honest, misnamed = read(Source(data)), read(Source(data, "notes.txt", "text/plain"))
    assert misnamed == honest


def test_a_web_page_gives_its_readable_part_and_where_it_stood() -> None:
    piece = only(PAGE, url="https://example.org/wells")
    assert piece.title == "Wells run dry"
    assert piece.text.count("valley") == 9
    assert "steal" not in piece.text
    assert "Imprint" not in piece.text
    assert piece.about["url"] == "https://example.org/wells"


@pytest.mark.parametrize("told", ["", "koi8-r"])
def test_a_page_is_read_in_the_encoding_that_it_or_its_server_names(told: str) -> None:
    words = "Вода ушла из колодцев долины, и никто не знает почему. " * 9
    html = f"<html><head><meta charset='koi8-r'></head><body><p>{words}</p></body></html>".encode("koi8-r")
    assert "колодцев долины" in only(html, charset=told).text


def test_a_json_feed_has_a_story_for_each_item() -> None:
    first, second = pieces(JSON_FEED)
    assert (first.title, first.text, first.part, first.about["author"]) == ("One", "First", "entry 7", "Ann")
    assert (second.text, second.part, second.about["url"]) == ("Second", "entry 8", "https://example.org/8")


def test_entries_with_one_id_are_different_parts() -> None:
    twice = files.rss({"guid": "x", "title": "One"}, {"guid": "x", "title": "Two"}, {"title": "Three"})
    assert [piece.part for piece in pieces(twice)] == ["entry x", "entry x (2)", "entry Three"]


def test_entries_without_words_are_counted_in_a_remark() -> None:
    found = read(Source(files.rss({"guid": "1"}, {"title": "Two"})))
    assert len(found.pieces) == 1
    assert found.remarks == ["1 of the feed's 2 entries have neither a title nor a text."]


def test_a_mail_tells_its_people_and_brings_its_attachments() -> None:
    attached = ("terms.docx", files.docx(["Attached words"])), ("inner.eml", files.mail("Inner", "Deep"))
    mail, terms, inner = pieces(files.mail("Grüße", "Hello", *attached))
    assert mail.about["sender"] == "Ann Example <ann@example.org>"
    assert mail.about["recipients"] == ["bob@example.org", "Carl <carl@example.org>"]
    assert mail.about["date"] == "2026-03-02T09:30:00+01:00"
    assert mail.about["subject"] == "Grüße"
    assert (terms.kind, terms.part, terms.text) == ("document", "attachment 1", "Attached words")
    assert (inner.kind, inner.part, inner.text) == ("email", "attachment 2", "Deep")


def test_an_attachment_that_cannot_be_read_does_not_fail_its_mail() -> None:
    found = read(
        Source(files.mail("S", "Hello", ("a.pdf", b"%PDF-1.4\nbroken"), ("b.docx", b"PK\x03\x04no")))
    )
    assert [piece.text for piece in found.pieces] == ["Hello"]
    assert len(found.remarks) == 2
    assert "attachment 1: The PDF is broken" in found.remarks[0]


def test_mails_in_mails_end_somewhere() -> None:
    mail = files.mail("The innermost", "words")
    for depth in range(20):
        mail = files.mail(f"Around {depth}", "words", ("inner.eml", mail))
    assert len(pieces(mail)) == 4


def test_an_mbox_gives_each_mail_under_its_own_id() -> None:
    first, second = pieces(files.mbox(files.mail("One", "1"), files.mail("Two", "2")))
    assert (first.title, second.title) == ("One", "Two")
    assert first.part.startswith("message <")
    assert first.part != second.part


def test_rows_keep_their_other_columns_and_their_ids() -> None:
    rows = pieces(
        b'{"id": "a", "text": "One", "rating": 5}\n\n{"text": "Two\\u2028still", "tags": ["x"]}\n', "r.jsonl"
    )
    assert [(row.text, row.part, row.about) for row in rows] == [
        ("One", "row a", {"id": "a", "rating": 5}),
        ("Two\nstill", "row 2", {"tags": ["x"]}),
    ]


def test_what_a_row_holds_besides_stays_whole_and_can_be_stored() -> None:
    turns = [{"speaker": "A\x00", "text": "long " * 1_000}] * 200
    piece = only(json.dumps({"text": "x", "turns": turns, "n": 10**30, "nothing": None}).encode(), "a.json")
    assert piece.about["turns"] == [{"speaker": "A", "text": ("long " * 1_000).strip()}] * 200
    assert piece.about["n"] == str(10**30)
    assert "nothing" not in piece.about
    with pytest.raises(InvalidInput, match="nested deeper than 20"):
        read(Source(b'{"text": "x", "a": ' + b"[" * 30 + b"]" * 30 + b"}", "a.json"))


@pytest.mark.parametrize(
    ("data", "name", "told"),
    [
        (b"", "a.pdf", "empty"),
        (b" \n\t ", "a.txt", "empty"),
        (b"%PDF-1.4\n%%EOF", "a.pdf", "PDF is broken"),
        (files.docx(["x"])[:200], "a.docx", "broken"),
        (files.zipped({"a.txt": "words"}), "a.zip", "unpack it"),
        (files.zipped({"word/document.xml": "<w:document"}), "a.docx", "not XML"),
        (files.docx([]), "a.docx", "no text"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "a.docx", "encrypted"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "a.xls", "old Office"),
        (bytes(range(256)) * 20, "a.bin", "neither text nor"),
        (bytes(5_000), "a.txt", "neither text nor"),
        (gzip.compress(b"words")[:-4], "a.gz", "breaks off"),
        (gzip.compress(gzip.compress(b"words")), "a.gz.gz", "gzip in a gzip"),
        (b'{"title": "no text"}', "a.json", "Row 1 has no text"),
        (b'{"text": "cut o', "a.json", "line 1, column 10"),
        (b'{"text": "x"}\n{"text": 1}', "a.jsonl", "Row 2 has no text"),
        (b'{"text": "x"}\nnothing', "a.jsonl", "Line 2 is not JSON"),
        (b"[" * 100_000, "a.json", "too deep"),
        (b"name,sum\nAnn,1\n", "a.csv", "none called `text`"),
        (b"text\n", "a.csv", "no text"),
        (files.rss(), "", "no entries"),
        (b"<rss><channel><item><guid>1</guid></item></channel></rss>", "", "neither a title nor a text"),
        (b"<html><body><script>app()</script></body></html>", "", "no text"),
        (b"<html>" + b"<div>" * 50_000, "", "no text"),
    ],
)
def test_a_file_that_cannot_be_read_says_what_is_wrong(data: bytes, name: str, told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        read(Source(data, name))


def test_a_bomb_is_refused_by_the_sums_of_its_zip() -> None:
    bomb = files.docx(["x"], word__media__a=bytes(30_000_000))
    with pytest.raises(InvalidInput, match="more than 100 times"):
        read(Source(bomb))
    large = files.docx(["x"], a=os.urandom(9_000_000), **{f"b{n}": bytes(9_000_000) for n in range(5)})
    with pytest.raises(InvalidInput, match="more than 50,000,000 bytes"):
        read(Source(large))


def test_a_zip_that_lies_about_its_sums_is_bounded_as_it_unpacks() -> None:
    with pytest.raises(InvalidInput, match=r"broken|no text"):
        read(Source(_with_small_sizes(files.docx(["x" * 2_000_000]))))


def _with_small_sizes(data: bytes) -> bytes:
    """The same zip, whose list of contents says that every entry unpacks to ten bytes."""
    made, place = bytearray(data), 0
    while (place := made.find(b"PK\x01\x02", place)) >= 0:
        made[place + 24 : place + 28] = (10).to_bytes(4, "little")
        place += 4
    return bytes(made)


@pytest.mark.parametrize(
    "attack",
    [
        '<!DOCTYPE d [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE d [<!ENTITY a "ha"><!ENTITY e "&a;&a;&a;&a;">]>',
    ],
)
def test_entities_in_a_document_are_not_resolved(attack: str) -> None:
    xml = f"{attack}<w:document {files.WORD}><w:p><w:r><w:t>before &e; after</w:t></w:r></w:p></w:document>"
    piece = only(files.zipped({"word/document.xml": xml}))
    assert "root:" not in piece.text
    assert "ha" not in piece.text
    assert piece.text.startswith("before")


def test_scripts_and_macros_are_told_of_and_not_run() -> None:
    active = files.pdf(
        ["Some words of text"], extra="/OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >>"
    )
    assert read(Source(active)).remarks == ["It holds scripts or actions, which were not run."]
    macros = files.docx(["words"], word__vbaProject=b"", **{"word/vbaProject.bin": b"x"})
    assert read(Source(macros)).remarks == ["It holds macros, which were not run."]


def test_more_contents_or_characters_than_may_be_are_refused() -> None:
    with pytest.raises(InvalidInput, match="more than 10,000 contents"):
        finished("text/plain", (Piece("text", "x") for _ in range(MOST_PIECES + 1)))
    with pytest.raises(InvalidInput, match="the limit is 2,000,000"):
        finished("text/plain", [Piece("text", "x" * 2_000_001)])
    with pytest.raises(InvalidInput, match="more than 20,000,000 characters"):
        finished("text/plain", (Piece("text", "x" * 2_000_000) for _ in range(11)))


def test_what_is_stored_holds_no_nul_no_surrogate_and_no_long_value() -> None:
    piece = Piece(
        "text", "a\x00b\ud800c\r\nd", "t\x00\n" * 900, about={"x": "y\x00" * 9_000, "n": None, "e": []}
    )
    (neat,) = finished("text/plain", [piece]).pieces
    assert neat.text == "ab\ufffdc\nd"
    assert neat.title is not None
    assert len(neat.title) <= 500
    assert list(neat.about) == ["x"]
    assert len(neat.about["x"]) <= 2_000


def test_markup_becomes_lines_as_a_browser_breaks_them() -> None:
    html = "<p>a &amp; b<br>c</p>d<ul><li>one<li>two</ul><table><tr><td>1<td>2</table><!-- x -->end<style>p"
    assert plain_text(html) == "a & b\nc\n\nd\n\none\ntwo\n\n1\t2\n\nend"


def test_a_file_is_read_in_a_process_that_is_gone_afterwards(tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    path.write_bytes(files.docx(["words"]))
    found = extract(path, Bearer("a.docx"))
    assert found == read(Source(path.read_bytes(), "a.docx"))
    assert not [child for child in psutil.Process().children(recursive=True) if "extract" in child.name()]


@pytest.mark.parametrize("name", ["a.txt", "a.md"])
def test_a_short_text_needs_no_process(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(MARKDOWN)
    began_s = time.process_time()
    found = extract(path, Bearer(name))
    assert time.process_time() - began_s < 0.2
    assert found == read(Source(MARKDOWN, name))


def test_errors_of_the_process_come_out_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(b"")
    with pytest.raises(InvalidInput, match="empty"):
        extract(path, Bearer())


def test_a_file_that_is_too_large_is_not_even_read(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with path.open("wb") as file:
        file.truncate(50_000_001)
    with pytest.raises(InvalidInput, match="larger than 50,000,000 bytes"):
        extract(path, Bearer())


def test_reading_ends_at_once_when_it_is_cancelled_and_at_its_limit(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes("größer ".encode("utf-16-le") * 3_500_000)  # whose encoding takes long to be guessed
    cancelled = threading.Event()
    threading.Timer(0.1, cancelled.set).start()
    began_s = time.monotonic()
    with pytest.raises(Cancelled):
        extract(path, Bearer(), cancelled=cancelled, longest_s=60)
    assert time.monotonic() - began_s < 1.1
    with pytest.raises(Timeout):
        extract(path, Bearer(), longest_s=0.05)


def test_a_reader_that_is_killed_leaves_no_file_behind(tmp_path: Path) -> None:
    path = tmp_path / "a.mbox"
    path.write_bytes(files.mbox(*(files.mail(f"Subject {n}", "Words. " * 2_000) for n in range(1_500))))
    before = set(Path(tempfile.gettempdir()).glob("*.mbox"))
    cancelled = threading.Event()
    threading.Thread(target=_set_once_a_file_is_there, args=(tmp_path, before, cancelled)).start()
    with pytest.raises(Cancelled):
        extract(path, Bearer(), cancelled=cancelled, longest_s=60)
    assert set(Path(tempfile.gettempdir()).glob("*.mbox")) == before


def _set_once_a_file_is_there(folder: Path, before: set[Path], event: threading.Event) -> None:
    """Set it as soon as the reader has made its own file, here or in the machine's folder for such."""
    ends_s = time.monotonic() + 30
    while time.monotonic() < ends_s:
        made = set(Path(tempfile.gettempdir()).glob("*.mbox")) - before
        if made or len(list(folder.glob("*.mbox"))) > 1:
            break
        time.sleep(0.005)
    event.set()


@pytest.mark.parametrize(
    "read_it",
    [
        lambda: tidy("a" + " " * 200_000 + "b"),
        lambda: split_title("# a" + " " * 200_000 + "b")[1],
        lambda: plain_text("a" + "<br>" * 100_000 + "b"),
        lambda: plain_text("<table><tr>" + "<td></td>" * 100_000 + "<td>a</td></tr></table>"),
    ],
)
def test_what_is_blank_for_long_is_looked_through_once(read_it: Callable[[], str]) -> None:
    began_s = time.monotonic()
    assert read_it()
    assert time.monotonic() - began_s < 5  # looked through from each of its characters it takes minutes


@pytest.mark.parametrize(
    ("heading", "title"),
    [
        ("# One ##  ", "One"),
        ("# C#", "C#"),
        ("   ###\tTwo", "Two"),
        ("#   ", None),
        ("# ##", None),
        ("#One", None),
    ],
)
def test_a_heading_is_the_title_without_its_marks(heading: str, title: str | None) -> None:
    assert split_title(f"{heading}\nWords.")[0] == title


def test_breaks_of_every_kind_meet_as_a_browser_shows_them() -> None:
    html = "a<br><p>b</p><br> <br>c<table><tr><td></td><td>d</td></tr><tr><td>e</td></tr></table>f<br>\n<br>g"
    assert plain_text(html) == "a\n\nb\n\nc\n\n\td\ne\n\nf\ng"


@pytest.mark.parametrize("name", ["n\\u0000", "n\\ud800"])
def test_names_in_rows_are_such_as_can_be_stored(name: str, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(f'{{"text": "x", "{name}": "y"}}'.encode())
    (piece,) = extract(path, Bearer("a.jsonl")).pieces
    about = {key.rstrip("\ufffd"): value for key, value in piece.about.items()}
    assert about == {"n": "y"}


DATA_FOLDERS = (
    "documents/*/*",
    "emails/raw/*",
    "feeds/*.xml",
    "feeds/*/*",
    "nasty/files/*",
    "nasty/files/*/*",
)


def outcomes(paths: list[str]) -> list[dict[str, Any]]:
    """What becomes of each file: its pieces, or its error. Runs in one killable process for all.

    Without OCR, which takes long, and is measured by itself.
    """
    os.environ["TESSDATA_PREFIX"] = "/nowhere"
    sys.modules["rapidocr"] = None  # type: ignore[assignment]
    return [_outcome(Path(path)) for path in paths]


def _outcome(path: Path) -> dict[str, Any]:
    try:
        return read(Source(path.read_bytes(), path.name)).as_json()
    except GristmillError as error:
        return {"error": error.error_class, "message": error.message}


@pytest.fixture(scope="module")
def real(shared: Path) -> dict[str, dict[str, Any]]:
    """Every real file's outcome, by its path below the data's folder."""
    root = shared / "data"
    found = [path for glob in DATA_FOLDERS for path in sorted(root.glob(glob)) if path.is_file()]
    told = run_killable(outcomes, ([str(path) for path in found],), limit_s=110, memory_mb=1_500)
    return {str(path.relative_to(root)): outcome for path, outcome in zip(found, told, strict=True)}


def test_every_real_file_ends_in_content_or_in_a_clear_error(real: dict[str, dict[str, Any]]) -> None:
    assert len(real) > 250
    for path, outcome in real.items():
        if "error" in outcome:
            assert outcome["error"] == "invalid_input", path
            assert outcome["message"].endswith("."), path
        else:
            assert all(piece["text"].strip() for piece in outcome["pieces"]), path


@pytest.mark.parametrize(
    ("folder", "least"),
    [("documents/pdf", 12), ("documents/docx", 9), ("documents/md", 3), ("emails/raw", 64)],
)
def test_real_documents_and_mails_are_read(real: dict[str, dict[str, Any]], folder: str, least: int) -> None:
    read_ones = [path for path, outcome in real.items() if path.startswith(folder) and "pieces" in outcome]
    assert len(read_ones) == least


def test_feeds_have_the_entries_that_feedparser_finds(real: dict[str, dict[str, Any]], shared: Path) -> None:
    manifest = (shared / "data/feeds/manifest.jsonl").read_text().split("\n")
    for row in map(json.loads, filter(None, manifest)):
        if row["file"].endswith(".json"):
            continue  # written-down results of another parser, and no feeds
        assert entries_of(real[f"feeds/{row['file']}"]) == row["feedparser_entries"], row["file"]


def entries_of(outcome: dict[str, Any]) -> int:
    """How many entries a feed has, those without any words included."""
    told = [*outcome.get("remarks", ()), outcome.get("message", "")]
    wordless = [int(words.partition(" ")[0]) for words in told if "neither a title" in words]
    return len(outcome.get("pieces", ())) + sum(wordless)


def test_the_text_of_contracts_is_what_lawyers_quoted(real: dict[str, dict[str, Any]], shared: Path) -> None:
    rows = (shared / "data/documents/contracts_cuad.jsonl").read_text(encoding="utf-8").split("\n")
    seen = quotes = 0
    for row in map(json.loads, filter(None, rows)):
        outcome = real.get(f"documents/pdf/{row['id']}.pdf")
        if outcome is None:
            continue
        text = "".join(outcome["pieces"][0]["text"].split())
        clauses = [clause for found in row["label"]["clauses"].values() for clause in found["clauses"]]
        quotes += len(clauses)
        seen += sum("".join(clause.split()) in text for clause in clauses)
    assert quotes > 50
    assert seen / quotes > 0.8


@pytest.mark.skipif(language_data("eng") is None, reason="no language data of tesseract is installed")
@pytest.mark.parametrize("name", ["linn.pdf", "testocr.png"])
def test_a_scan_is_read_as_people_read_it(shared: Path, name: str) -> None:
    folder = shared / "data/documents"
    rows = map(json.loads, filter(None, (folder / "files_manifest.jsonl").read_text().split("\n")))
    (row,) = [row for row in rows if row["file"] == f"scans/{name}"]
    truth = row.get("ground_truth_text") or (folder / row["ground_truth"]).read_text(encoding="utf-8")
    told = extract(folder / row["file"], Bearer(name)).pieces[0].text
    assert word_recall(truth, told) > 0.9


def by_rapidocr(path: str) -> str:
    """The text of a picture, read where no data of tesseract is found."""
    os.environ["TESSDATA_PREFIX"] = "/nowhere"
    return read(Source(Path(path).read_bytes())).pieces[0].text


@pytest.mark.skipif(find_spec("rapidocr") is None, reason="the extra `ocr` is not installed")
def test_without_tesseract_the_extra_reads_a_scan(shared: Path) -> None:
    path = str(shared / "data/documents/scans/testocr.png")
    told = run_killable(by_rapidocr, (path,), limit_s=100, memory_mb=MEMORY_MB)
    assert word_recall("This is a lot of 12 point text to test the ocr code", told) > 0.9


def word_recall(truth: str, told: str) -> float:
    """The share of the truth's words that were told."""
    words, found = truth.lower().split(), set(told.lower().split())
    return sum(word in found for word in words) / len(words)


def test_a_scan_that_nothing_here_can_read_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TESSDATA_PREFIX", "/nowhere")
    with pytest.raises(InvalidInput, match=r"install what reads such|none is seen"):
        read(Source(files.pdf([""])))


def test_what_is_extracted_survives_the_way_between_processes() -> None:
    found = read(Source(files.mail("S", "Hello", ("a.pdf", b"%PDF-1.4\nbroken"))))
    assert Extraction.from_json(json.loads(json.dumps(found.as_json()))) == found
