"""How good the offline analysers are on labelled data of other people: `python -m bench.quality`.

One entry is one measure; a file has the entries of one theme. The data is no part of the product: it is
looked for in ../shared (or GRISTMILL_SHARED), and a measure whose file is absent is left out with the reason.
"""
