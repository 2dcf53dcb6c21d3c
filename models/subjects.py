"""The kinds of record that the services between the offices serve, as their areas declare them: a line each, and a migration.

Clocks, escalations, tasks and notifications have a column for each; models/areas.py lists what else areas declare.
"""

from models.back_office.handoffs.subject import HANDOFF
from models.both_offices.subjects import Subjects
from models.front_office.service.subject import COMPLAINT

SUBJECTS = Subjects(COMPLAINT, HANDOFF)
"""Wholes before their parts."""
