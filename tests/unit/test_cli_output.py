"""Tables at the terminal: they fit the screen where they can, and never cut what somebody wants to copy."""

from __future__ import annotations

import pytest

from cli.output import PIPED_WIDTH, print_table

IDS = [f"{place}f0c2a9be71d4e8f5a6b7c8d9e" for place in range(6)]


def printed(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().out.splitlines()


def test_words_wrap_before_the_line_grows_longer_than_the_screen(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("job", "message"), [(IDS[0], "a long story " * 40)])
    shown = printed(capsys)
    assert max(map(len, shown)) <= PIPED_WIDTH
    assert any(IDS[0] in line for line in shown)


def test_an_id_is_shown_whole_however_narrow_the_screen_is(capsys: pytest.CaptureFixture[str]) -> None:
    print_table([f"id {n}" for n in range(7)], [(*IDS, "and a message of several words")])
    shown = printed(capsys)
    assert any(all(one in line for one in IDS) for line in shown)
    assert not any("…" in line for line in shown)


def test_a_name_of_several_words_takes_no_room_from_other_columns(capsys: pytest.CaptureFixture[str]) -> None:
    names = ("run", "answered by", "set by whom", "figure", "when")
    print_table(names, [(IDS[0] * 3, "me", "you", "macro f1", "2026-11-24")])
    shown = "\n".join(printed(capsys))
    assert all(word in shown for word in ("answered by", "macro", "2026-11-24"))
