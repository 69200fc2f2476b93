"""The words by which hype and its opposite are known."""

from __future__ import annotations

from analyses.local.words import word_set

PUFFERY = word_set(
    "revolutionary revolutionize revolutionise revolutionizes revolutionises revolutionizing revolution groundbreaking ground-breaking "
    "game-changer game-changing gamechanger breakthrough breakthroughs unprecedented world-first world's-first next-generation next-gen "
    "cutting-edge state-of-the-art best-in-class world-class industry-leading disruptive disrupt disrupts disrupting "
    "paradigm paradigm-shifting transformative transformational visionary magical magic miracle miraculous insane insanely "
    "mind-blowing jaw-dropping mindblowing incredible incredibly unbelievable unbelievably amazing stunning epic legendary ultimate "
    "unstoppable unmatched unparalleled unrivaled unrivalled unbeatable supercharge supercharged supercharges turbocharge skyrocket "
    "explosive explode exploding massive massively enormous huge hugely radical radically extraordinary phenomenal spectacular "
    "secret secrets genius superhuman limitless effortless effortlessly seamless instantly overnight hack hacks holy-grail "
    "moonshot once-in-a-lifetime futuristic dream dreams shocking shocks astonishing astounding blazing flawless perfect perfectly "
    "greatest coolest craziest biggest hottest smartest hilarious hilariously adorable gorgeous awesome "
    "weird crazy ridiculous ridiculously badass perfection heartbreaking brilliant"
)
ABSOLUTES = word_set(
    "always never every everyone everybody everything nobody nothing all forever completely totally entirely absolutely "
    "100% impossible guaranteed guarantee guarantees eliminates eliminate zero only literally actually undeniable undeniably definitely "
    "seriously proven proves proof whole ever"
)
PROMISES = word_set(
    "change changes transform transforms replace replaces end ends solve solves cure cures save saves eliminate eliminates dominate "
    "crush crushes redefine redefines reinvent reinvents unlock unlocks destroy destroys kill kills disrupt revolutionize "
    "revolutionise make blow restore melt need"
)
URGENCY = word_set(
    "now today hurry urgent immediately finally must need missing miss wait stop waitlist exclusive last-chance"
)
STRONG_CAUSES = word_set(
    "causes cause caused prevents prevent prevented cures cure boosts boost boosted slashes slash triggers trigger triggered "
    "leads lead leading makes make makes reverses reverse protects protect improves improve reduces reduce increases increase raises "
    "stops stop halts halt cuts cut helps help affects affect damages damage harms harm kills kill influences determines drives "
    "enables enable produces contributes controls destroys lowers protects "
)
HEDGES = word_set(
    "may might could can suggests suggest suggested possibly perhaps probably potential potentially appears appear seems seem likely "
    "preliminary early pilot some sometimes partly roughly about approximately estimated estimate estimates uncertain unclear tentative "
    "associated association linked correlated correlation link relationship related predicts predict predictor tend tends whether"
)
LIMITS = word_set(
    "however although limitations limitation limited caveat caveats drawback drawbacks downside but yet not-yet unproven "
    "unresolved shortcomings cautioned cautions warned warns sceptical skeptical critics critic disputed independent "
    "declined failed fails error errors margin small"
)
EVIDENCE = word_set(
    "study studies trial trials data survey peer-reviewed published journal researchers scientists experiment experiments measured "
    "measurement sample control placebo randomised randomized replicated replication audit audited benchmark benchmarks report "
    "reports reported statistics evidence analysis findings results percent per cent participants university official officials "
    "documents court filing court filings said says according spokesman spokeswoman spokesperson told"
)
SECOND_PERSON = word_set("you your you're yours yourself you'll you've you'd u ur y'all")
FIRST_PERSON = word_set("i i'm my me we our we're us")
POINTERS = word_set(
    "this these here here's that's things thing what why how when which who's what's reasons ways signs times"
)
POINTED = word_set(
    "this these here's things reasons ways signs facts tips tricks secrets hacks photos pictures gifs tweets moments struggles "
    "questions ideas gifts products memes stages problems thoughts lies truths lessons"
)
SMALL_TALK = word_set(
    "a the is are was it that will can do does did would should could if who and or about up at all just really so like be been "
    "know get got one way best worst most love hate life people anyone someone things actually literally totally probably "
    "definitely basically honestly seriously favorite favourite need want try feel look right real here there"
)
HARD_NEWS = word_set(
    "dies died dead killed kills arrested charged court judge police president minister parliament senate vote votes election elections "
    "army troops attack bomb bombing crash earthquake storm flood strike protest protests talks treaty sanctions budget bank deficit "
    "merger earnings quarter shares regulator lawsuit ruling sues sued convicted sentenced resigns appoints approves rejects "
    "announces announced releases version update policy federal government officials investigation report"
)
