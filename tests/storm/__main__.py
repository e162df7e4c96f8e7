"""`make storm`: every line of the table, then disasters at random, on a stand, a broker and a disk of its own.

The services are forked from this process, which therefore loads nothing before it has to.
"""

from __future__ import annotations

import sys

if __name__ == "__main__":
    from tests.storm.command import main

    sys.exit(main())
