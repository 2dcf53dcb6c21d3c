"""Every folder of the product is a package: what import-linter cannot import, it does not look at, and says nothing."""

from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_folder_with_modules_is_a_package() -> None:
    folders = {file.parent for tree in ("models", "resolvers", "schema") for file in (ROOT / tree).rglob("*.py")}
    above = {folder.parent for folder in folders if folder.parent != ROOT}
    assert [str(one.relative_to(ROOT)) for one in folders | above if not (one / "__init__.py").exists()] == []
