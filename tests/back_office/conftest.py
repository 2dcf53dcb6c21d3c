"""Who manages the back office."""

from tests.office import colleague_at

manager = colleague_at("back.manager")
