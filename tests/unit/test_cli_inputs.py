"""What the command makes of files and of stdin, before anything is submitted."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from analyses import get_analysis
from cli import inputs
from cli.inputs import Lines, open_file, open_jsonl
from cli.outcomes import judge_lines, tolerance
from cli.pieces import Pieces
from cli.problems import WrongUsage
from cli.single import read_input
from errors import InvalidInput
from tests.harness import files
from tests.harness.environment import environment
from tests.harness.hostile import says, server

TEXT = get_analysis("text.sentiment")


def lines_of(data: bytes) -> Lines:
    return Lines("rows.jsonl", io.BytesIO(data))


def checked(data: bytes) -> Lines:
    lines = lines_of(data)
    lines.check(TEXT)
    return lines


def test_jsonl_is_split_on_newlines_alone() -> None:
    texts = ["a\u2028b", "c\u0085d", "e\u2029f\x0c"]
    data = "\n".join(json.dumps({"text": text}, ensure_ascii=False) for text in texts).encode()
    lines = checked(data)
    assert [row["text"] for row in lines.rows(TEXT)] == texts


def test_a_byte_order_mark_windows_line_ends_and_empty_lines_do_no_harm() -> None:
    lines = checked(b'\xef\xbb\xbf{"text": "one"}\r\n\r\n  \n"two"\n')
    assert [row["text"] for row in lines.rows(TEXT)] == ["one", "two"]


def test_a_bad_line_is_named_by_its_number_and_told_without_its_content() -> None:
    lines = checked(
        b'{"text": "good"}\n\nsecret words\n{"text": ""}\n[1, 2]\n\xff\xfe\n{"id": {}, "text": "x"}\n'
    )
    assert (lines.good, lines.bad_count) == (1, 5)
    assert [bad.partition(":")[0] for bad in lines.bad] == [f"rows.jsonl, line {n}" for n in (3, 4, 5, 6, 7)]
    assert "secret" not in " ".join(lines.bad)
    assert [row["text"] for row in lines.rows(TEXT)] == ["good"]


def test_bad_lines_stop_the_command_unless_they_may_be_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    lines = checked(b'{"text": "good"}\nnope\n')
    with pytest.raises(WrongUsage, match=r"line 2.*"):
        judge_lines(lines, skip=False)
    judge_lines(lines, skip=True)
    assert "line 2" in capsys.readouterr().err


def test_where_no_row_is_good_leaving_out_does_not_help() -> None:
    with pytest.raises(WrongUsage, match="The one row cannot be used"):
        judge_lines(checked(b"nope\n"), skip=True)


@pytest.mark.parametrize("data", [b"", b"\n\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_refused_with_an_example(data: bytes) -> None:
    with pytest.raises(WrongUsage, match="is empty; give one JSON object per line"):
        checked(data)


@pytest.mark.parametrize(
    "line",
    [
        b"[" * 200_000,
        b"1" * 10_000,
        b'{"text": "lone \\ud800 surrogate"}',
        b'{"text": "x", "n": 123456789012345678901234567890}',
        b'{"text": NaN}',
        b"\x00\x01",
        b"null",
    ],
    ids=["deep", "long number", "surrogate", "big number", "NaN", "binary", "null"],
)
def test_strange_json_is_a_row_or_a_named_bad_line(line: bytes) -> None:
    lines = checked(line + b"\n")
    assert lines.good + lines.bad_count == 1


def test_a_line_that_is_too_long_is_refused_without_being_read_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inputs, "LONGEST_LINE_BYTES", 100)
    with pytest.raises(WrongUsage, match="line 2 is longer than 100 bytes"):
        checked(b'{"text": "a"}\n{"text": "' + b"x" * 200 + b'"}\n')


def test_a_missing_file_and_a_folder_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(WrongUsage, match="cannot be read: No such file"):
        open_file(str(tmp_path / "none.jsonl"))
    with pytest.raises(WrongUsage, match="is a folder"):
        open_file(str(tmp_path))


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("a.txt", b"\xef\xbb\xbfplain\r\ntext", {"text": "plain\ntext"}),
        ("a.md", b"# T\nx", {"title": "T", "text": "x"}),
        ("a.json", b'{\n "text": "x"\n}', {"text": "x"}),
        ("a.json", b'{"text": "x"}', {"text": "x"}),
        ("a.unknown", b'{"text"', {"text": '{"text"'}),
        ("a.html", b"<html><body><p>Awful.</p><script>x()</script></body></html>", {"text": "Awful."}),
        ("a.docx", files.docx(["Words"], title="T"), {"title": "T", "text": "Words"}),
        ("a.txt", "Köln und Füße".encode("cp1252"), {"text": "Köln und Füße"}),
    ],
)
def test_a_file_is_one_content_whatever_it_is(
    tmp_path: Path, name: str, data: bytes, expected: dict[str, str]
) -> None:
    file = tmp_path / name
    file.write_bytes(data)
    assert read_input(str(file)) == expected


def test_a_jsonl_file_is_many_rows_even_if_it_has_one(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_bytes(b'{"text": "x"}')
    assert isinstance(read_input(str(file)), Lines)


class Stdin:
    def __init__(self, data: bytes) -> None:
        self.buffer = io.BytesIO(data)


@pytest.fixture
def stdin(monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], None]:
    return lambda data: monkeypatch.setattr("sys.stdin", Stdin(data))


def test_stdin_is_one_object_many_lines_or_text_by_what_it_looks_like(stdin: Any) -> None:
    stdin(b'{"text": "x"}\n')
    assert read_input("-") == {"text": "x"}
    stdin(b'{"text": "x"}\n{"text": "y"}\n')
    many = read_input("-")
    assert isinstance(many, Lines)
    many.check(TEXT)
    assert many.good == 2
    stdin(b"Dear all,\nthis is text.\n")
    assert read_input("-") == {"text": "Dear all,\nthis is text."}
    stdin(files.docx(["Words"]))
    assert read_input("-") == {"text": "Words"}


def test_stdin_may_be_larger_than_what_is_kept_in_memory(stdin: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inputs, "IN_MEMORY_BYTES", 1_000)
    stdin(b"".join(b'{"id": %d, "text": "some words"}\n' % n for n in range(500)))
    lines = open_jsonl("-")
    lines.check(TEXT)
    assert lines.good == len(list(lines.rows(TEXT))) == 500


def test_a_file_of_many_is_as_many_rows_with_their_parts_as_ids(tmp_path: Path) -> None:
    file = tmp_path / "box.mbox"
    file.write_bytes(files.mbox(files.mail("One", "1"), files.mail("Two", "")))
    given = read_input(str(file))
    assert isinstance(given, Pieces)
    given.check(TEXT)
    rows = list(given.rows(TEXT))
    assert (given.good, given.bad_count) == (2, 0)
    assert [row["text"] for row in rows] == ["1", "Two"]
    assert str(rows[0]["id"]).startswith("message <")


def test_a_part_that_an_analysis_does_not_take_is_named_and_left_out(tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_bytes(b"text,url\nfine,\nbad,no address\n")
    given = read_input(str(file))
    assert isinstance(given, Pieces)
    story = get_analysis("story.enhance")
    given.check(story)
    assert (given.good, given.bad_count, len(list(given.rows(story)))) == (1, 1, 1)
    assert given.bad[0].startswith("rows.csv, row 2: ")


def test_an_address_is_fetched_and_its_page_read() -> None:
    page = b"<html><title>News</title><body><p>" + b"A long and readable text. " * 20 + b"</p></body></html>"
    with server(says(200, page, Content_Type="text/html")) as port:
        url = f"http://127.0.0.1:{port}/news"
        with pytest.raises(InvalidInput, match="not fetched"):
            read_input(url)
        with environment(ALLOW_PRIVATE_FETCH="1"):
            content = read_input(url)
    assert isinstance(content, dict)
    assert (content["title"], content["url"]) == ("News", url)
    assert content["text"].startswith("A long and readable text.")


@pytest.mark.parametrize(
    ("name", "data", "complaint"),
    [
        ("a.json", b'[{"text": "x"}, {"text": "y"}]', "is not a JSON object"),
        ("a.json", b'{"text": "cut of', "is not a JSON object"),
        ("a.json", b"", "is not a JSON object"),
        ("a.pdf", b"%PDF-1.4\n", "a.pdf: The PDF is broken"),
        ("a.bin", bytes(1_000), "a.bin: The file is neither text nor"),
        ("a.txt", b"", "a.txt: The file is empty"),
    ],
)
def test_what_cannot_be_read_is_refused_by_its_name(
    tmp_path: Path, name: str, data: bytes, complaint: str
) -> None:
    file = tmp_path / name
    file.write_bytes(data)
    with pytest.raises(WrongUsage, match=complaint):
        read_input(str(file))


@pytest.mark.parametrize(("given", "value"), [("0.2", 0.2), ("5", 5), ("0", 0), ("1.0", 1.0)])
def test_a_tolerance_with_a_point_is_a_share_and_without_one_a_count(given: str, value: float) -> None:
    found = tolerance(given)
    assert found == value
    assert isinstance(found, type(value))


def test_a_tolerance_that_is_no_number_is_refused() -> None:
    with pytest.raises(WrongUsage, match="--tolerate"):
        tolerance("some")


def test_a_json_list_on_stdin_is_refused_and_a_text_in_brackets_is_a_text(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def given(data: bytes) -> Any:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
        return read_input("-")

    for data in (b'[{"text": "one"}, {"text": "two"}]', b'[\n  "one",\n  "two"\n]\n'):
        with pytest.raises(WrongUsage, match="JSON list; give its rows as JSONL"):
            given(data)
    assert given(b"[sighs] Fine.") == {"text": "[sighs] Fine."}
