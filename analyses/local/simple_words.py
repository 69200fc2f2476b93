"""Plain words for hard ones, and one-breath explanations of terms a newcomer does not know."""

from __future__ import annotations

SIMPLER: dict[str, str] = {
    hard: plain
    for hard, plain in (
        entry.split("=")
        for entry in (
            "utilize=use utilise=use utilizes=uses utilises=uses utilized=used utilised=used utilizing=using utilising=using "
            "approximately=about additional=more numerous=many demonstrate=show demonstrates=shows demonstrated=showed "
            "demonstrating=showing commence=start commences=starts commenced=started commencing=starting terminate=end "
            "terminated=ended assistance=help facilitate=help facilitates=helps facilitated=helped facilitating=helping "
            "implement=set_up implements=sets_up implemented=set_up implementing=setting_up implementation=set-up "
            "subsequently=later subsequent=later prior=earlier purchase=buy purchased=bought purchases=buys purchasing=buying "
            "obtain=get obtains=gets obtained=got obtaining=getting require=need requires=needs required=needed requiring=needing "
            "attempt=try attempts=tries attempted=tried attempting=trying sufficient=enough insufficient=too_little "
            "individuals=people individual=person residents=people physicians=doctors physician=doctor adolescents=teenagers "
            "accelerate=speed_up accelerates=speeds_up accelerated=sped_up accelerating=speeding_up enhance=improve enhances=improves "
            "enhanced=improved enhancing=improving significantly=much significant=big substantial=large substantially=much "
            "considerable=large considerably=much methodology=method methodologies=methods functionality=features "
            "component=part components=parts primary=main primarily=mainly initially=at_first ultimately=in_the_end "
            "consequently=so therefore=so nevertheless=still furthermore=also moreover=also additionally=also however=but "
            "regarding=about concerning=about alleviate=ease mitigate=reduce mitigates=reduces mitigated=reduced mitigating=reducing "
            "mitigation=reducing_harm optimize=improve optimise=improve optimizes=improves optimized=improved optimised=improved "
            "comprehensive=full robust=strong innovative=new novel=new proprietary=own leverage=use leverages=uses leveraged=used "
            "leveraging=using deploy=put_to_use deploys=puts_to_use deployed=put_to_use deploying=putting_to_use deployment=use "
            "endeavor=try endeavour=try ascertain=find_out disclose=reveal disclosed=revealed discloses=reveals allege=claim "
            "alleged=claimed allegedly=reportedly alleges=claims reside=live resides=lives acquire=buy acquires=buys acquired=bought "
            "acquisition=purchase inform=tell informs=tells informed=told indicate=show indicates=shows indicated=showed "
            "modify=change modified=changed modifies=changes modification=change modifications=changes eliminate=remove "
            "eliminates=removes eliminated=removed eliminating=removing investigate=look_into investigated=looked_into "
            "investigating=looking_into establish=set_up established=set_up establishes=sets_up participate=take_part "
            "participants=people_who_took_part participated=took_part collaborate=work_together collaborated=worked_together "
            "collaboration=teamwork expenditure=spending expenditures=spending revenue=income remuneration=pay "
            "compensation=pay beneficial=helpful detrimental=harmful adverse=bad hazardous=dangerous vehicle=car vehicles=cars "
            "respiratory=breathing cardiovascular=heart pediatric=children's legislation=laws litigation=court_cases "
            "transparency=openness infrastructure=basic_systems capability=ability capabilities=abilities "
            "anticipate=expect anticipates=expects anticipated=expected predominantly=mostly frequently=often rapidly=fast "
            "immediately=at_once currently=now presently=now equipment=gear manufacture=make manufactured=made manufacturer=maker "
            "manufacturers=makers manufacturing=making construct=build constructed=built select=choose selected=chosen "
            "transform=change transforms=changes transformed=changed transforming=changing revolutionize=greatly_change "
            "revolutionise=greatly_change unprecedented=never_seen_before groundbreaking=very_new magnitude=size duration=length "
            "objective=goal objectives=goals strategy=plan strategies=plans initiative=project initiatives=projects "
            "executive=boss executives=bosses stakeholders=people_involved personnel=staff provide=give provides=gives "
            "provided=gave providing=giving enable=let enables=lets enabled=let enabling=letting identify=find "
            "identifies=finds identified=found identifying=finding ensure=make_sure ensures=makes_sure ensuring=making_sure "
            "exceed=go_over exceeds=goes_over exceeded=went_over reduction=cut reductions=cuts evaluate=test evaluated=tested "
            "evaluates=tests evaluation=test evaluations=tests assess=judge assessed=judged assessment=check assessments=checks"
        ).split()
    )
}
SIMPLER = {hard: plain.replace("_", " ") for hard, plain in SIMPLER.items()}

PHRASES: list[tuple[str, str]] = [
    ("in order to", "to"),
    ("due to the fact that", "because"),
    ("as a result of", "because of"),
    ("with regard to", "about"),
    ("with respect to", "about"),
    ("in the event that", "if"),
    ("a large number of", "many"),
    ("the majority of", "most"),
    ("has the ability to", "can"),
    ("have the ability to", "can"),
    ("is able to", "can"),
    ("are able to", "can"),
    ("prior to", "before"),
    ("subsequent to", "after"),
    ("in addition to", "besides"),
    ("at this point in time", "now"),
    ("for the purpose of", "for"),
    ("in the near future", "soon"),
    ("on a regular basis", "often"),
    ("such as", "like"),
]

GLOSSARY: dict[str, str] = {
    "artificial intelligence": "computers that learn from examples",
    "machine learning": "computers that learn from examples",
    "neural network": "a computer program that learns from examples",
    "large language model": "a computer program that writes text",
    "llm": "a computer program that writes text",
    "generative ai": "programs that make text or pictures",
    "deepfake": "a fake video or voice made by a computer",
    "algorithm": "a list of steps a computer follows",
    "algorithms": "lists of steps computers follow",
    "facial recognition": "computers that tell people by their faces",
    "biometric": "measured from the body, like a fingerprint",
    "encryption": "scrambling data so that only the right people can read it",
    "ransomware": "a program that locks your files until you pay",
    "blockchain": "a shared list of records that nobody can quietly change",
    "cryptocurrency": "money that lives only on computers",
    "open source": "anyone may read and change the code",
    "api": "a way for programs to talk to each other",
    "quantum computer": "a new kind of computer that uses very tiny particles",
    "randomised trial": "a fair test where chance decides who gets the treatment",
    "randomized trial": "a fair test where chance decides who gets the treatment",
    "placebo": "a pretend medicine",
    "peer-reviewed": "checked by other scientists",
    "carbon offset": "paying someone else to pollute less",
    "carbon capture": "catching a gas that warms the planet",
    "emissions": "gases that warm the planet",
    "nuclear fusion": "making energy the way the sun does",
    "microbiome": "the tiny living things inside us",
    "series a": "a young company's first big money from investors",
    "venture capital": "money for young companies that may fail",
    "ipo": "the first time anyone may buy part of a company",
    "valuation": "what people think a company is worth",
    "regulator": "an office that checks that companies follow the rules",
    "regulators": "offices that check that companies follow the rules",
    "compiler": "a program that turns code into something a computer can run",
    "data breach": "private data got out",
}
