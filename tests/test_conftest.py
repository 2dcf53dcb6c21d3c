"""Where the tests' databases live."""

from pathlib import Path

from tests.conftest import memory


def test_databases_live_in_memory_where_there_is_room_for_them(tmp_path: Path) -> None:
    assert memory(str(tmp_path), room=1) == str(tmp_path)
    # As in a container whose /dev/shm has 64 MB.
    assert memory(str(tmp_path), room=10**18) is None
    assert memory(str(tmp_path / "nowhere"), room=1) is None
    (tmp_path / "file").touch()
    locked = tmp_path / "file" / "below"
    assert memory(str(locked), room=1) is None
