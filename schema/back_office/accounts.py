"""Accounts: colleagues by name for everyone, the rest for those who manage them."""

from datetime import datetime

from models.back_office import accounts
from models.permissions import Department, Permission, Role
from resolvers.reading.declare import Connection, EntryNode, EntryRows, Node, column, node, read

READ = Permission.READ_ACCOUNTS


@node(accounts.Account, prefix="acc", rows=accounts.visible_accounts, needs=Permission.READ_STAFF)
class Account(Node):
    """Somebody who works here."""

    name: str = column("The name that colleagues see.", filter=True, sort=True)
    email: str = column("The e-mail address to sign in with.", needs=READ, filter=True, sort=True)
    roles: list[Role] = column("What the account may do.", needs=READ)
    departments: list[Department] = column("Whose work the account does.", needs=READ)
    enabled: bool = column("Whether the account can sign in.", needs=READ, filter=True)
    created_at: datetime = column("When it was added.", needs=READ, filter=True, sort=True)


class Accounts:
    """The back office's way to accounts."""

    account: "Account | None" = read(EntryNode(), "One account.", needs=Permission.READ_STAFF)
    accounts: "Connection[Account]" = read(EntryRows("name"), "All accounts, by name.", needs=READ)
