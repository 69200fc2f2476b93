"""What an analysis is: the class each analysis file fills in, and what every one of them gets for free."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from analyses.cleaning import clean_tree
from analyses.faults import answer_fault, input_fault
from analyses.fencing import fenced
from analyses.json_text import parse_reply
from analyses.schema import strict_schema
from errors import InvalidInput


@dataclass(frozen=True)
class Prompt:
    """What is sent to a model: our instructions, the fenced data, and how much it may answer."""

    system: str
    user: str
    max_output_tokens: int


@dataclass(frozen=True)
class Factor:
    """One line of `DEBUG_SCORING`: `contribution` is what `feature` added to `score`, in that score's unit.

    Holds numbers and our own feature names only, so that it may be logged.
    """

    score: str
    feature: str
    value: float
    weight: float
    contribution: float


class Answer(BaseModel):
    """The root of every answer: unknown keys are ignored, strings are fit to be stored, floats finite."""

    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)

    confidence: float = Field(ge=0, le=1, description="How sure this answer is: 0 a guess, 1 certain.")

    @model_validator(mode="before")
    @classmethod
    def _clean(cls, data: Any) -> Any:
        return clean_tree(data)


C = TypeVar("C", bound=BaseModel)
A = TypeVar("A", bound=Answer)


class Analysis(ABC, Generic[C, A]):
    """One kind of analysis. A subclass in a module of this package is found by the registry.

    `local`, `explain`, `prompt` and `summary` are pure: same input, same output, no network, no clock.
    `instructions` has every version of the prompt, by number: the highest is in force unless a tenant pins
    another, so change no version's words but add one. Raise `schema_version` when the answer's shape
    changes. Both numbers are part of the key under which a paid reply is kept.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    queue: ClassVar[str] = "ai_analysis"
    instructions: ClassVar[Mapping[int, str]]
    max_output_tokens: ClassVar[int] = 4_000  # of a reply, with room for a reasoning model's thinking
    schema_version: ClassVar[int] = 1
    expected_output_tokens: ClassVar[int] = 600  # of a usual reply, with the thinking that goes before it
    credits: ClassVar[int] = 1  # what an answer that a model was asked for takes from its tenant's account
    when_model_away: ClassVar[str] = "wait"  # or `local`, or `provider/model`; WHEN_MODEL_AWAY overrules it
    content: type[C]
    answer: type[A]

    @property
    def prompt_version(self) -> int:
        """The newest version of the prompt."""
        return max(self.instructions)

    def prompt(self, content: C, version: int | None = None) -> Prompt:
        """The prompt for a model, with the content fenced as data; of the newest version if none is named.

        Raises InvalidInput for a version that there is not.
        """
        return Prompt(self.instructions_of(version), fenced(content), self.max_output_tokens)

    def instructions_of(self, version: int | None = None) -> str:
        """What the prompt of this version tells a model to do. Raises InvalidInput naming those there are."""
        wanted = self.prompt_version if version is None else version
        if wanted not in self.instructions:
            known = ", ".join(map(str, sorted(self.instructions)))
            raise InvalidInput(f"{self.name} has no prompt version {wanted}; it has {known}.")
        return self.instructions[wanted]

    @abstractmethod
    def local(self, content: C) -> A:
        """The offline answer; under 2 s for the longest content."""

    @abstractmethod
    def explain(self, content: C) -> list[Factor]:
        """How `local` came to its scores; the contributions of one score sum to it before clamping."""

    @abstractmethod
    def summary(self, answer: A) -> dict[str, str]:
        """The answer as three to five short cells of a results table, in column order."""

    def parts(self, content: C, most_chars: int) -> list[C]:
        """`content`, or its pieces of at most `most_chars` characters each, in order and with nothing lost.

        Each is asked about by itself and `merge` makes one answer of theirs: an analysis whose contents
        may be longer than what a model takes overrides both.
        """
        return [content]

    def merge(self, content: C, answers: Sequence[A]) -> A:
        """The answer about the whole from those about its `parts`, in their order; pure."""
        (answer,) = answers
        return answer

    def parse_content(self, data: Mapping[str, Any]) -> C:
        """The content from one row or request body; unknown keys are ignored.

        Raises `InvalidInput` saying which field is wrong and what to do, never what it held.
        """
        kind = self.content.__name__.lower()
        if not isinstance(data, Mapping):
            fields = ", ".join(self.content.model_fields)
            raise InvalidInput(f"A {kind} must be an object with {fields}; give one object per content.")
        try:
            return self.content.model_validate(dict(data))
        except ValidationError as error:
            raise input_fault(kind, error) from None

    def validate_answer(self, raw: str, content: C) -> A:
        """A model's raw reply as an answer; quotes that are not verbatim in the content are dropped.

        Raises `InvalidAnswer` naming the field that does not fit, never what it held.
        """
        data = parse_reply(raw)
        try:
            answer = self.answer.model_validate(data)
        except ValidationError as error:
            raise answer_fault(self.name, error) from None
        return self.without_false_quotes(answer, content)

    def without_false_quotes(self, answer: A, content: C) -> A:
        """`answer` less the quotes the content does not hold; an analysis with quotes overrides it."""
        return answer

    def json_schema(self) -> dict[str, Any]:
        """The answer's JSON schema in the strict form that structured outputs ask for."""
        return strict_schema(self.answer)
