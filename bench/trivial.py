"""An analysis that does nothing, so that a bench measures the engine and not the analyser."""

from __future__ import annotations

from analyses import register
from analyses.base import Analysis, Answer, Factor
from analyses.contents import Text
from errors import InvalidInput


class TrivialAnswer(Answer):
    """As small as an answer can be."""

    chars: int


class Trivial(Analysis[Text, TrivialAnswer]):
    """Counts characters; a text that begins with `fail` fails for good."""

    name = "bench.trivial"
    title = "Counts characters"
    content = Text
    answer = TrivialAnswer
    instructions = {1: "Count the characters."}  # noqa: RUF012

    def local(self, content: Text) -> TrivialAnswer:
        if content.text.startswith("fail"):
            raise InvalidInput("This text was sent to fail.")
        return TrivialAnswer(confidence=1.0, chars=len(content.text))

    def explain(self, content: Text) -> list[Factor]:
        return []

    def summary(self, answer: TrivialAnswer) -> dict[str, str]:
        return {"chars": str(answer.chars)}


register(Trivial())
