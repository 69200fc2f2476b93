"""`email.blockers`: what keeps people from going on according to a mail, and what it asks and promises."""

from __future__ import annotations

from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from analyses.base import Analysis, Answer, Factor
from analyses.cleaning import one_line, shortened
from analyses.contents import Email
from analyses.fencing import DATA_RULE
from analyses.local import asks
from analyses.local.blocking import Severity, severity_of
from analyses.local.dues import due_in, owner_in
from analyses.local.language import ENGLISH, guess_language
from analyses.local.mail import own_sentences
from analyses.local.markdown import plain
from analyses.quoting import Quote, verbatim
from analyses.trimming import at_most

MOST_BLOCKERS, MOST_ACTIONS = 10, 10
ASKED_FROM = 0.5  # chance by the intent model
WHAT_CHARS, QUOTE_CHARS, OWNER_CHARS, DUE_CHARS = 200, 400, 120, 80

What = Annotated[str, BeforeValidator(at_most(WHAT_CHARS))]
Owner = Annotated[str | None, BeforeValidator(at_most(OWNER_CHARS))]
Due = Annotated[str | None, BeforeValidator(at_most(DUE_CHARS))]


class Blocker(BaseModel):
    """One thing that keeps somebody from going on."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    what: What = Field(description="What is blocked and by what, in one sentence.")
    owner: Owner = Field(description="Whose move it is, as the mail names them; null where it does not.")
    due: Due = Field(description="By when it must be solved, as the mail says it; null where it does not.")
    severity: Severity = Field(
        description="high: work stands still; medium: it waits; low: it may come to that."
    )
    quote: Quote


class Action(BaseModel):
    """One thing that is asked, proposed or promised."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    what: What = Field(description="What is to be done, in one sentence.")
    kind: Literal["request", "question", "commitment", "proposal"]
    owner: Owner = Field(description="Who is to do it, as the mail names them; null where it does not.")
    due: Due = Field(description="By when, as the mail says it; null where it does not.")
    quote: Quote


Item = TypeVar("Item", Blocker, Action)


class MailBlockers(Answer):
    """The answer of `email.blockers`."""

    blockers: Annotated[list[Blocker], BeforeValidator(at_most(MOST_BLOCKERS))] = Field(
        description="What keeps people from going on, gravest first; at most 10, none where nothing does."
    )
    actions: Annotated[list[Action], BeforeValidator(at_most(MOST_ACTIONS))] = Field(
        description="What the mail asks for, proposes or promises, most important first; at most 10."
    )
    action_score: float = Field(
        ge=0, le=1, description="How sure it is that the mail asks for, proposes or promises anything."
    )


_SYSTEM = (
    "You read the mail of a project or a deal and list what keeps it from going on. A blocker is something "
    "that is missing, refused, late or undecided and that others wait for; a mere task is none. For each say "
    "what is blocked and by what, whose move it is, by when, how severe it is (high: work stands still; "
    "medium: it waits; low: it may come to that), and quote the words that show it letter by letter. List "
    "apart what the sender asks for, proposes or promises: requests, questions that need an answer, "
    "commitments, proposals, each with its quote. Take owners and dates only from the mail and leave them "
    "null where it does not say; never guess. What is reported as solved is no blocker. Quoted mails below "
    "count only where the sender takes them up. confidence says how sure you are, 0 to 1. Write in English "
    "and leave quotes as they are. Answer with JSON of the given schema only. "
    + DATA_RULE.format(kind="email")
)


class EmailBlockers(Analysis[Email, MailBlockers]):
    """Blockers and actions of a mail."""

    name = "email.blockers"
    title = "What a mail says is blocked, by whom and until when, and what it asks and promises."
    queue = "emails"
    content = Email
    answer = MailBlockers
    instructions = {1: _SYSTEM}

    def local(self, content: Email) -> MailBlockers:
        own = own_sentences(content.text)
        chances = [asks.ask_probability(sentence) for sentence in own]
        return MailBlockers(
            blockers=_blockers(content, own),
            actions=_actions(content, own, chances),
            action_score=round(max(chances, default=0.0), 4),
            confidence=_confidence(content, chances),
        )

    def explain(self, content: Email) -> list[Factor]:
        """The features of the sentence that asks most; before the logistic curve they sum to its logit."""
        own = own_sentences(content.text)
        if not own:
            return []
        features = asks.features_of(max(own, key=asks.ask_probability))
        known = asks.model().contributions(features, asks.LABEL)
        return [
            Factor("action_score (logit)", name, value, weight, value * weight)
            for name, (value, weight) in known.items()
        ]

    def summary(self, answer: MailBlockers) -> dict[str, str]:
        worst = answer.blockers[0] if answer.blockers else None
        return {
            "blockers": str(len(answer.blockers)),
            "gravest": shortened(f"{worst.severity}: {worst.what}", 100) if worst else "–",
            "whose move": shortened(worst.owner or "–", 40) if worst else "–",
            "actions": shortened("; ".join(one.what for one in answer.actions), 100) or "–",
        }

    def without_false_quotes(self, answer: MailBlockers, content: Email) -> MailBlockers:
        """Blockers and actions that the mail does not hold are none, so they go with their quote."""
        sources = (content.text, content.subject or "")
        return answer.model_copy(
            update={
                "blockers": [b for one in answer.blockers if (b := _quoted(one, sources)) is not None],
                "actions": [a for one in answer.actions if (a := _quoted(one, sources)) is not None],
            }
        )


def _quoted(item: Item, sources: tuple[str, str]) -> Item | None:
    quote = verbatim(item.quote, *sources)
    return None if quote is None else item.model_copy(update={"quote": quote})


def _blockers(content: Email, own: list[str]) -> list[Blocker]:
    found = [(severity, sentence) for sentence in own if (severity := severity_of(sentence)) is not None]
    ranked = sorted(found, key=lambda one: ("high", "medium", "low").index(one[0]))
    return [
        Blocker(
            what=_short(sentence),
            owner=owner_in(sentence, None, content.to),  # "we are blocked" does not make it our move
            due=due_in(sentence),
            severity=severity,
            quote=sentence[:QUOTE_CHARS].rstrip(),
        )
        for severity, sentence in ranked[:MOST_BLOCKERS]
    ]


def _actions(content: Email, own: list[str], chances: list[float]) -> list[Action]:
    """The sentences that ask most surely, and plain promises, in the order of the mail."""
    asking = [at for at in range(len(own)) if chances[at] >= ASKED_FROM or asks.promises(own[at])]
    surest = sorted(asking, key=lambda at: (-chances[at], at))[:MOST_ACTIONS]
    return [
        Action(
            what=_short(own[at]),
            kind=(kind := asks.kind_of(own[at])),
            owner=_doer(kind, own[at], content),
            due=due_in(own[at]),
            quote=own[at][:QUOTE_CHARS].rstrip(),
        )
        for at in sorted(surest)
    ]


def _short(sentence: str) -> str:
    """A sentence on one line, without list marks."""
    return shortened(one_line(plain(sentence)), WHAT_CHARS)


def _doer(kind: str, sentence: str, content: Email) -> str | None:
    """Who is to act: the sender on a promise, the recipient on a request, unless the sentence says."""
    pronoun = {"commitment": "I will", "request": "You must", "question": "You must"}.get(kind, "")
    return owner_in(sentence, content.sender, content.to) or owner_in(pronoun, content.sender, content.to)


def _confidence(content: Email, chances: list[float]) -> float:
    """How clearly the model decides about the sentences on the whole; the lists are English."""
    clear = sum(abs(chance - 0.5) * 2 for chance in chances) / len(chances) if chances else 0.0
    trust = 1.0 if guess_language(content.text) == ENGLISH else 0.3
    return round(trust * (0.35 + 0.4 * clear), 2)
