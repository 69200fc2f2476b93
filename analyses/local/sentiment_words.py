"""Our own additions to VADER's word list: what reviews and complaints say, by strength, and the small words that turn it.

Valences stand on VADER's scale of -4 to 4 (Hutto & Gilbert 2014). An entry here wins over VADER's.
"""

from __future__ import annotations

from analyses.local.words import phrase_map, word_set


def _by_valence(entries: dict[float, str]) -> dict[str, float]:
    return {word: valence for valence, line in entries.items() for word in line.split()}


WORDS: dict[str, float] = _by_valence(
    {
        3.0: "flawless flawlessly exquisite sublime stellar unbeatable heavenly phenomenal spectacular superbly masterful "
        "masterpiece mesmerizing mesmerising breathtaking scrumptious divine",
        2.4: "delicious tasty yummy delish mouthwatering comfy crisp-clear must-have must-see addictive gorgeous succulent "
        "hilarious captivating riveting gripping well-made five-star recommended touching compelling underrated "
        "terrific ingenious remarkable unforgettable memorable immaculate faultless",
        1.8: "flavorful flavourful tender crispy cozy cosy sturdy durable reliable seamless seamlessly intuitive "
        "effortless effortlessly speedy attentive courteous prompt promptly well-written well-acted handy lightweight "
        "responsive knowledgeable affordable reasonable reasonably bargain classy stylish sleek flattering authentic "
        "hooked impeccable refreshing versatile helpful recommend recommending recommendable poignant believable "
        "rugged cleverly subtle witty charismatic moist juicy delightful atmospheric snug vibrant generous",
        1.2: "fresh works worked fast quick quickly quiet clear clearly crisp loud simple simply soft warm smooth smoothly "
        "accurate fits fit charges lasts improved improvement easily quality spacious modern solid sharp bright consistent "
        "hot plus portable compatible pleased complements compliments stretchy true original inventive timeless "
        "unique cinematography",
        -1.0: "overly tiny thin tight limp average mediocre okay-ish plain cheaply meh lukewarm loose dated generic "
        "plasticky itchy bulky boxy clunky uneven short-lived unremarkable predictable forgettable generically wordy "
        "contrived lengthy salty oily soggy cold dry greasy hair dirt sticky "
        "cheap slow slowly sluggish refund refunded return returned returning replace replaced replacement "
        "repair repairs buzzing static drain drains drained hiss",
        -1.8: "bland flavorless flavourless tasteless overpriced undercooked overcooked stale mushy watery rubbery burnt "
        "rancid dull flimsy unreliable unresponsive inconsistent uncomfortable inaccurate misleading "
        "muffled garbled crackling distorted freezes froze crashes crashed glitchy buggy laggy leaks leaked leaking "
        "disconnects disconnecting cracked peeled peeling ripped faded shrunk frayed scratched scratches stained "
        "defective faulty malfunction malfunctioned malfunctioning unhelpful unprofessional impolite inattentive "
        "understaffed outdated cliched clichéd cliche clichés cliches uninspired unconvincing unfunny unoriginal "
        "amateurish incoherent plotless shallow underwhelming underwhelmed overrated overhyped pretentious "
        "unwatchable tedious drivel schlock snooze cardboard wooden hokey cheesy lacked lacking lacks lack "
        "sucked sucks useless bait-and-switch",
        -2.6: "garbage trash junk lemon crap crappy rip-off ripoff disgusting inedible gross filthy vile atrocious abysmal "
        "appalling unacceptable unusable worthless insulting dreadful horrid nauseating inexcusable scam scammed "
        "scammers cockroach roaches mold mould mouldy moldy",
        # VADER's list has these with a feeling that reviews do not mean by them.
        0.0: "like no please want wants thing certain serious seriously charge charged grand special matter matters "
        "play plays playing ha hand forced share cut cuts fire joke-free chance hell sure "
        "problem-free issue-free kill killer drop dropped doubt greedy hard",
    }
)

PHRASES: dict[tuple[str, ...], float] = phrase_map(
    {
        3.0: "second to none; blown away; blew me away; out of this world; top notch; to die for; can't go wrong; "
        "cannot go wrong; could not be happier; couldn't be happier; could not ask for more; couldn't ask for more; "
        "above and beyond; hats off; two thumbs up; thumbs up; a must have; a must see; must see; works like a charm; "
        "like a charm; worth every penny; well worth; worth the money; worth the price; worth the wait; worth it; "
        "a winner; hit the spot; knocked it out of the park; five stars; 5 stars; 10 out of 10; 10/10",
        2.2: "highly recommend; highly recommended; strongly recommend; would recommend; will be back; be going back; "
        "be back again; go back again; come back again; coming back; will return; definitely return; can't wait; "
        "cannot wait; stands out; no complaints; no problem; no problems; no issues; no issue; no trouble; never disappoints; "
        "never disappointed; not disappointed; won't be disappointed; won't regret; will not be disappointed; "
        "great deal; good deal; good value; great value; great price; good price; on time; on point; "
        "exceeded my expectations; exceeded expectations; beyond expectations; better than expected; one of the best; "
        "the best; holds up; held up well; long lasting; easy to use; user friendly; works as advertised; as described; "
        "as advertised; does the job; does what it says; gets the job done; do yourself a favor; "
        "thank you; stood the test; down to earth; laugh out loud; edge of my seat; melt in your mouth; "
        "fall in love; fell in love; in love with; love at first; not bad; not too bad; not bad at all; "
        "nothing but good; only good things; nothing but praise; can't complain; cannot complain; 4 stars; four stars; "
        "cooked to perfection; to perfection; it's a keeper; go wrong with; look no further; ahead of its time; "
        "never a dull moment; without a hitch; pleasant surprise; pleasantly surprised; impressed with; in heaven",
        1.0: "better than; so far so good; really like; really liked; i like; i liked; we like; we liked; like it; "
        "like this; liked it; do like; also like; just like the; would buy again; buy again; works well; "
        "works fine; works great; good enough; no regrets; big fan; huge fan; a fan of; a treat; fits well; as good as",
        -1.4: "not sure; could be better; could have been better; room for improvement; let down; lets down; let me down; "
        "too small; too big; too large; too long; too short; too tight; too expensive; too loud; too slow; too much; "
        "too many; too bad; too thin; too hard; not worth; hit or miss; so so; so-so; nothing special; nothing new; "
        "not impressed; not great; not much; not very; not really; not as; wish i had; i wish; wished i; "
        "if you want; at best; hard to; difficult to; only lasted; lasted only; wears off; over priced; "
        "for no reason; ran out; fell off; falls off; come off; came off; comes off; broke off; fall off; had to; "
        "two stars; 2 stars; thumbs down; supposed to be; would rather; instead of; no longer; never again",
        -2.2: "stay away; steer clear; don't bother; do not bother; not buy; don't buy; don't waste; do not waste; "
        "never buy; never go; never going; never return; won't return; will not return; won't be back; not be back; "
        "won't be going back; will not be back; not going back; never be back; never coming back; not recommend; "
        "don't recommend; can't recommend; cannot recommend; wouldn't recommend; waste of; wasted my; waste your; "
        "wasting my; wasted two hours; money back; my money back; my time back; falling apart; fell apart; falls apart; fall apart; "
        "stopped working; stop working; quit working; does not work; doesn't work; didn't work; did not work; "
        "not work; never worked; not working; won't work; broke after; died after; went dead; dead on arrival; "
        "send it back; sent it back; sending it back; sent back; look elsewhere; go elsewhere; somewhere else; one star; "
        "1 star; zero stars; no stars; piece of junk; piece of crap; piece of trash; rip off; ripped off; ripped me off; "
        "customer disservice; at all costs; food poisoning; got sick; made me sick; throw away; threw away; threw it; "
        "walked out; walk out; never came; no flavor; no flavour; no taste; no plot; no substance; "
        "no point; no sense; makes no sense; no idea; no good; no help; big no; hung up; on hold; "
        "avoid this; avoid at; run away; beware of; buyer beware; dropped calls; drops calls; dropping calls; "
        "poor quality; low quality; bad quality; far from; fails to; failed to; fall flat; falls flat; fell flat; "
        "fell asleep; fall asleep; put me to sleep; the worst; worse than; last time; disappointed in; a joke; "
        "not good; isn't good; not happy; not the best; not enough; not even; don't like; didn't like; did not like; "
        "do not like; doesn't like; not fit; doesn't fit; does not fit; didn't fit; won't fit; doesn't hold; "
        "doesn't charge; won't charge; doesn't last; paid too much; ripoff; mind numbing; in hell; shame on",
    }
)

NEGATORS = word_set(
    "not no never none nothing nobody nowhere neither nor cannot hardly barely scarcely rarely seldom without ain't aint "
    "don't doesn't didn't isn't wasn't aren't weren't won't wouldn't can't couldn't shouldn't haven't hasn't hadn't "
    "dont doesnt didnt isnt wasnt arent werent wont wouldnt cant couldnt shouldnt havent hasnt hadnt mustn't needn't"
)
NOT_NEGATING = {
    ("not", "only"),
    ("not", "just"),
    ("no", "doubt"),
    ("no", "matter"),
    ("without", "doubt"),
    ("no", "wonder"),
}
CONTRASTS = word_set("but however nevertheless nonetheless except yet")
CONCESSIONS = word_set("although though despite while whereas")
IRREALIS = word_set(
    "would could should if wish wished hoping hoped supposed expected expecting might instead otherwise"
)
BOOSTERS: dict[str, float] = {
    **dict.fromkeys(
        word_set(
            "very really extremely incredibly absolutely totally completely so such truly super amazingly highly "
            "exceptionally especially particularly remarkably insanely most awfully entirely fully deeply utterly "
            "thoroughly hugely unbelievably quite pretty damn way too exactly always ever"
        ),
        0.293,  # VADER's measured mean gain of a degree adverb
    ),
    **dict.fromkeys(
        word_set(
            "slightly somewhat fairly kinda sorta partly marginally almost occasionally little bit less mildly"
        ),
        -0.293,
    ),
}
EMOJI: dict[str, float] = {
    char: valence
    for valence, chars in {
        2.6: "😍🥰🤩💖💕❤💯🏆🎉🥳😻💘💗💓💞",
        1.8: "😀😃😄😁😊🙂😎👍👏🙌✨⭐🌟💪😋🤗😂🤣😆😉🔥🎊🙏✅",
        -1.6: "🙁☹😕😟😒😞😔😐😬👎💔😓🤦🙄😣😖😫😩🥱❌😴",
        -2.6: "😠😡🤬😤😢😭🤮🤢💩😱🖕👿😾",
    }.items()
    for char in chars
}
EMOTICONS: dict[str, float] = {
    **dict.fromkeys([":)", ":-)", ":D", ":-D", "=)", ";)", ";-)", ":]", "<3", "xD", "XD", ":P", ":-P"], 1.8),
    **dict.fromkeys([":(", ":-(", ":[", ":/", ":-/", "=(", ":'(", "D:", ":|", "</3"], -1.8),
}
