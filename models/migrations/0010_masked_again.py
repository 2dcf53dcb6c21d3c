"""Masks may take the place of words in messages: a complaint may turn out to concern one more customer."""

from models.kit.migrating import Step

EVERY_LABEL = tuple(f"[{what}]" for what in "customer e-mail phone street place web account number".split())
KEPT = "id handoff_id author_id office audience kind at".split()


async def apply(step: Step) -> None:
    """Lets the trigger pass what only masks."""
    same = "IS" if step.dialect == "sqlite" else "IS NOT DISTINCT FROM"
    rest = [f"OLD.{name} {same} NEW.{name}" for name in KEPT]
    fewer = f"length({_without_masks('NEW.text')}) < length({_without_masks('OLD.text')})"
    said = "OLD.text IS NOT NULL AND NEW.text IS NOT NULL"
    rewritten = f"NOT ({' AND '.join([said, fewer, *rest])})"
    trigger = "handoff_messages_only_grow"
    if step.dialect == "sqlite":
        refuse = "BEGIN SELECT RAISE(ABORT, 'handoff_messages are append-only'); END"
        await step.run(
            [
                f"DROP TRIGGER {trigger}_update",
                f"CREATE TRIGGER {trigger}_update BEFORE UPDATE ON handoff_messages WHEN {rewritten} {refuse}",
            ]
        )
        return
    refuse = "EXECUTE FUNCTION refuse_to_rewrite_handoff_messages()"
    await step.run(
        [
            f"DROP TRIGGER {trigger} ON handoff_messages",
            f"CREATE TRIGGER {trigger}_update BEFORE UPDATE ON handoff_messages FOR EACH ROW WHEN ({rewritten}) {refuse}",
            f"CREATE TRIGGER {trigger} BEFORE DELETE ON handoff_messages FOR EACH ROW {refuse}",
        ]
    )


def _without_masks(text: str) -> str:
    for label in EVERY_LABEL:
        text = f"replace({text}, '{label}', '')"
    return text
