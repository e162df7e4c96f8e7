"""The legal time axis: one case as a drawing, with the law's time from left to right and its parties below each other.

content  what is drawn, in words and times, and of what kind it is
case     a case's progress and messages as content
order    the events of a content in their order, and how much room each takes
ruler    from instants to places, idle time compressed
future   what is right of now: steps without a time, and the days on which something is due
layout   everything at its place
svg      the drawing, written down

Nothing here asks for the time or reads anything: the same case gives the same bytes.
"""
