"""What raises an ethical concern, by kind, and what shows ethical care; phrases may have several words."""

from __future__ import annotations


def _phrases(line: str) -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(phrase.split()) for phrase in line.split(";") if phrase.strip())


CONCERNS: dict[str, frozenset[tuple[str, ...]]] = {
    "discrimination": _phrases(
        "bias; biased; biases; racist; racism; racial; sexist; sexism; discrimination; discriminate; discriminates; discriminated; "
        "discriminating; discriminatory; unfair; unfairly; stereotype; stereotypes; misclassify; misclassified; misidentified; misgendered; homophobic; "
        "people of color; darker skin; dark skinned; darker-skinned; excluded; exclusion; gender bias; marginalized; marginalised; minorities; prejudice"
    ),
    "surveillance and privacy": _phrases(
        "surveillance; spying; spy; spyware; tracking; track; tracked; facial recognition; face recognition; social credit; without consent; "
        "without permission; without asking; never asked; no consent; scraped; scraping; sold data; sells data; sell data; personal data; "
        "stalking; stalker; stalkers; monitored; monitoring; wiretap; eavesdrop; recorded secretly; secretly; leaked; data leak; breach; "
        "deanonymize; identify protesters; predictive policing; profiling; location data; keystrokes; biometric"
    ),
    "violence and weapons": _phrases(
        "weapon; weapons; lethal; autonomous weapon; killer robot; guns; gun; machine gun; bombing; bomb; drone strike; military target; "
        "assassination; assassinate; warfare; military; tank; tanks; targeting; killed; kill; deaths; death; civilians; battlefield"
    ),
    "deception and manipulation": _phrases(
        "deepfake; deepfakes; misinformation; disinformation; propaganda; fake news; fake; faked; fakes; manipulate; manipulated; manipulation; "
        "manipulates; manipulative; deceive; deceived; deceptive; misleading; mislead; misled; dark pattern; dark patterns; fraud; fraudulent; scam; scams; scammers; "
        "impersonate; impersonation; fabricated; lied; astroturf; trolls; influence elections; hallucinate; nudes; undress; blackmail; "
        "fake reviews; addictive; hide; hid; hidden; cover-up; concealed"
    ),
    "harm to people": _phrases(
        "harm; harmed; harms; harmful; injured; injury; injuries; unsafe; dangerous; danger; suicide; self-harm; addiction; abuse; abusive; abused; "
        "victims; victim; exploit; exploited; exploitation; exploiting; child labour; child labor; underpaid; unpaid; sweatshop; forced labour; "
        "forced labor; vulnerable; wrongly; wrongful; wrongfully; false arrest; denied; denies; evicted; children exposed; minors; side effects; recall; "
        "untested; misdiagnosed; gaydar; conversion; oppression; repression; ethnic; layoffs; laid off; fired; burnout; union busting; "
        "unfair pricing; price gouging; charge more; exploitative; predatory"
    ),
    "environment": _phrases(
        "pollution; polluting; toxic; dumped; spill; deforestation; carbon footprint; environmental footprint; fossil fuel; oil and gas; emissions; "
        "greenwashing; global warming; extinction; wastewater; e-waste; over-credited; overcredit"
    ),
    "unlawful or unaccountable": _phrases(
        "lawsuit; sued; sues; suing; illegal; illegally; unlawful; violation; violated; violates; violating; copyright infringement; infringement; "
        "plagiarism; stolen; without credit; fined; penalty; corruption; bribery; bribe; cover up; unregulated; no oversight; black box; "
        "unaccountable; loophole; evade; evaded; negligence; whistleblower; conflict of interest; undisclosed; refused to; declined to say; "
        "pseudoscience; without warning; antitrust; monopoly"
    ),
}
CARE: dict[str, frozenset[tuple[str, ...]]] = {
    "consent and privacy": _phrases(
        "consent; informed consent; opt-in; opt in; opt-out; opt out; opted-out; opted in; privacy-preserving; privacy preserving; preserving privacy; "
        "anonymized; anonymised; anonymous; anonymity; encrypted; encryption; homomorphic; private blockchains; trusted hardware; secret sharing; "
        "secure computation; differential privacy; federated learning; on-device; deletes; deleted after; without exposing; minimal data; privacy; "
        "permission; pixelated; masking"
    ),
    "openness": _phrases(
        "transparent; transparency; open source; open-source; open data; published the data; public register; disclose; disclosed; disclosure; "
        "explainable; explains; documentation; document; model cards; dataset cards; datasheets; publish; publishes; openly; cite sources; freely available; in the open; "
        "admitted; apologised; apologized; plain language; factual accuracy; truthful"
    ),
    "oversight": _phrases(
        "audit; audited; audits; auditing; independent review; ethics board; ethics committee; review board; oversight; regulated; accountability; accountable; "
        "evaluation procedures; evaluated; safety tests; safety testing; red team; red-team; watchdog; appeal; appeals; human in the loop; human review; nurse reviews; "
        "complies; compliance; regulator approved; peer-reviewed; safeguards; guardrails; responsible; responsibly; ethics; ethical; ethically"
    ),
    "fairness and access": _phrases(
        "accessible; accessibility; inclusive; inclusion; fair; fairness; equity; equitable; affordable; free of charge; free for; low-income; "
        "disability; disabilities; underserved; community-led; diverse; diversity; equal; plain language; screen reader; living wage; rights; collaborate"
    ),
    "protection and repair": _phrases(
        "protect; protects; protecting; protected; protection; safety; safer; safe; refund; refunded; compensated; compensation; recalled voluntarily; fixed; "
        "repair; repairable; recycled; recycling; sustainable; renewable; reduce emissions; donate; donated; donates; charity; volunteers; non-profit; nonprofit; "
        "prevent; prevents; preventing; combat; flag; flags; raise awareness; educate; stimulate discussions; removal; harder to track; discourages"
    ),
}
TURNERS = frozenset(  # before a concern, these make it care: "protects against surveillance"
    "against prevent prevents preventing protect protects protecting reduce reduces reducing avoid avoids avoiding detect detects detecting "
    "fight fights fighting combat combats stop stops banned ban bans end ends ending without no harder remove removes removing "
    "limit limits limiting discourages mitigate mitigates audit audits audited audit-for investigate report reports reported discuss".split()
)
