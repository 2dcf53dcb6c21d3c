"""How the tables came to be, step by step. Committed, applied in order, never edited once they have landed.

A migration is a module `NNNN_name` that says why in its docstring, and says how in words that stay what they are: it imports no
model, but what models/kit/constraints.py makes statements with. A column and a condition, for instance:

    async def apply(step: Step) -> None:
        await step.run(["ALTER TABLE orders ADD COLUMN priority INT"])
        await step.run(check("orders", "priority", "priority BETWEEN 1 AND 3", step.dialect))

tests/storage/test_migrations.py applies it to a database in which each table has a row, and compares what comes out with what the
models declare: there it says what is missing.
"""
