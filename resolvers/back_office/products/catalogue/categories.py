"""Categories of products. Tax rates may depend on them, so none is ever removed."""

from collections.abc import Mapping
from uuid import UUID

from models.back_office.products.catalogue import ProductCategory, visible_product_categories
from models.kit.base import new_id
from resolvers.kit.input_errors import InputErrors
from resolvers.kit.loading import access
from resolvers.kit.locks import PRODUCTS_LOCK, alone
from resolvers.kit.viewer import Viewer

LONGEST_NAME = 100


async def add_product_category(viewer: Viewer, name: str) -> Mapping[str, UUID]:
    """Adds a category of products."""
    del viewer  # Whoever may write products may add to all of them.
    errors = InputErrors()
    called = await _free_name(name, None, errors)
    errors.raise_if_any()
    category = await ProductCategory.create(id=new_id(), name=called)
    return {"category": category.id}


async def rename_product_category(
    viewer: Viewer, key: UUID | None, name: str, expected_version: int | None
) -> Mapping[str, UUID]:
    """Calls a category otherwise."""
    errors = InputErrors()
    called = await _free_name(name, key, errors)
    category = await access(viewer, ProductCategory, visible_product_categories, key)
    if category is None:
        errors.not_found("category", "category")
    else:
        errors.version(category.version, expected_version)
    errors.raise_if_any()
    assert category is not None
    category.name = called
    category.version += 1
    await category.save(update_fields=["name", "version"])
    return {"category": category.id}


async def _free_name(name: str, own: UUID | None, errors: InputErrors) -> str:
    """The name, when no other category has it and none can get it before this transaction ends."""
    before = errors.count
    called = errors.text("name", name, LONGEST_NAME)
    if errors.count > before:
        return called
    await alone(PRODUCTS_LOCK)
    named = await ProductCategory.filter(name=called).first()
    if named is not None and named.id != own:
        errors.add("name", "Another category has this name.", "TAKEN")
    return called
