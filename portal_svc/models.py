"""The portal's tables: what every service has, and the citizens who have registered."""

from __future__ import annotations

import sqlalchemy as sa

from aimaq.access.challenges import challenges_table
from aimaq.access.sessions import ended_table
from aimaq.access.users import users_table
from aimaq.pipeline.tables import common

metadata = sa.MetaData()
tables = common(metadata)
users = users_table(metadata)
challenges = challenges_table(metadata)
ended = ended_table(metadata)
