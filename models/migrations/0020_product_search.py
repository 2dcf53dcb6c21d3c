"""Lets staff look products up by what is written in their names and numbers, whatever its case and accents."""

from typing import Any

from tortoise import migrations
from tortoise.migrations import operations as ops

from models.back_office.products.catalogue import ProductSearchText
from models.kit.text import searchable


async def fill_in(_apps: Any, editor: Any) -> None:
    """Makes the text of the products that are there."""
    client = editor.client
    for row in await client.execute_query_dict("SELECT id, sku, name FROM products"):
        text = searchable(row["sku"], row["name"]).replace("'", "''")
        await client.execute_query(f"UPDATE products SET search_text = '{text}' WHERE id = '{row['id']}'")


class Migration(migrations.Migration):
    """The column is added empty, and filled in."""

    dependencies = [("models", "0019_ledgers")]
    operations = [
        ops.AddField(model_name="Product", name="search_text", field=ProductSearchText(default="", db_default="")),
        ops.RunPython(fill_in),
    ]
