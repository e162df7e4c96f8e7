"""Results as papers: PDF/A-3 in Kazakh and Russian, which the official signs and the applicant takes away.

`content` says what stands on a paper, `render` lays it out (typst). `aimaq.eds.pades` makes the place for the
signature, puts it there (ETSI EN 319 142-1) and reads it again. The same case at the same time gives the same bytes,
so that a draft need not be kept while the official signs it.
"""
