"""Who manages the front office."""

from tests.office import colleague_at

manager = colleague_at("front.manager")
