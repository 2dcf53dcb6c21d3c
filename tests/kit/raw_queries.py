"""Where use cases ask for rows past the one door, `resolvers/kit/loading.py`: how often, file by file.

`uv run python -m tests.kit.raw_queries` writes it to raw_queries.txt, whose numbers may only become smaller. What a loaded record
owns (its lines, its customer) may be asked for so; what a client names goes through `load`, `find` and `visible`.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

from models.areas import MODELS

ROOT = Path(__file__).parents[2]
FILE = Path(__file__).parent / "raw_queries.txt"
QUESTIONS = frozenset({"all", "exclude", "filter", "first", "get", "get_or_none", "raw", "select_for_update"})
"""What begins a query on a model."""


def use_cases() -> list[Path]:
    """The files of the areas' use cases."""
    found = [
        file
        for office in ("front_office", "back_office", "both_offices")
        for file in (ROOT / "resolvers" / office).rglob("*.py")
    ]
    return sorted(found)


def raw_queries(source: str, models: frozenset[str]) -> int:
    """How many queries a file begins on a model itself."""
    return sum(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in QUESTIONS
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in models
        for node in ast.walk(ast.parse(source))
    )


def status_changes(source: str) -> Iterator[int]:
    """The lines on which a file gives a record a status by hand."""
    for node in ast.walk(ast.parse(source)):
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        if any(isinstance(target, ast.Attribute) and target.attr == "status" for target in targets):
            yield node.lineno  # type: ignore[attr-defined]


def counted() -> dict[str, int]:
    """Every file that has any, and how many."""
    names = frozenset(model.__name__ for model in MODELS)
    found = {str(file.relative_to(ROOT)): raw_queries(file.read_text(), names) for file in use_cases()}
    return {file: count for file, count in found.items() if count}


def listed() -> dict[str, int]:
    """What was agreed."""
    lines = [line.rsplit(" ", 1) for line in FILE.read_text().splitlines() if not line.startswith("#")]
    return {file: int(count) for file, count in lines}


def write() -> None:
    """Writes the list anew."""
    head = "# Queries on models past resolvers/kit/loading.py; they may only become fewer (see raw_queries.py).\n"
    FILE.write_text(head + "".join(f"{file} {count}\n" for file, count in counted().items()))


if __name__ == "__main__":
    write()
