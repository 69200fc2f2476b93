"""Small English words that tell nothing of what a text is about."""

from __future__ import annotations

from analyses.local.words import word_set

STOPWORDS = word_set(
    "a about above across actually after again against ago all almost along already also although always am among an and "
    "another any anyone anything are aren't around as ask asked at away back be became because become been before "
    "began behind being below between both but by call called came can can't cannot come comes could couldn't day days did "
    "didn't different do does doesn't doing don't done down during each either else enough even ever every everyone everything "
    "far few find first five for found four from further gave get gets getting give given go goes going gone good got great had hadn't has hasn't "
    "have haven't having he he's her here here's hers herself high him himself his how however i i'd i'll i'm i've if in into is isn't "
    "it it's its itself just keep kind know known large last later least left less let let's like likely little long look looks lot low "
    "made main make makes making many may maybe me mean means might more most much must my myself near need needs never new "
    "next no nobody none nor not nothing now number of off often old on once one ones only or other others our ours out over "
    "own part people per perhaps place possible put quite rather really right said same say says second see seem seems seen "
    "several shall she she's should since small so some someone something soon still such take taken takes tell than thank that that's "
    "the their theirs them themselves then there there's these they they're thing things think third this those though three through "
    "thus time times to today together told too took toward towards tried try trying two under until up upon us use used uses using "
    "usually very via want wants was wasn't way ways we we'll we're we've week weeks well went were weren't what what's when where "
    "whether which while who whole whom whose why will with within without won't work works would wouldn't year years yes yet "
    "you you'll you're you've your yours yourself including includes include able according based monday tuesday wednesday "
    "thursday friday saturday sunday january february march april june july august september october november december "
    "percent million billion company companies announced announcement around help helps set six seven eight nine ten "
    "der die das und ist nicht ein eine mit für von auf den dem im zu des sich auch les des est une dans pour que qui sur par "
    "los las una con por para del como más sus"
)
