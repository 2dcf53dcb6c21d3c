"""The role table: two offices that do not see each other's secrets, and an administrator who reads no business."""

from models.permissions import (
    BACK_OFFICE_DEPARTMENTS,
    FRONT_OFFICE_DEPARTMENTS,
    ROLE_PERMISSIONS,
    Department,
    Permission,
    Role,
    permissions_of,
)

P = Permission
FRONT = {role for role, held in ROLE_PERMISSIONS.items() if P.ENTER_FRONT_OFFICE in held}
BACK = set(Role) - FRONT - {Role.ADMINISTRATOR}
FRONT_OFFICE_SECRETS = {P.READ_CUSTOMER_CONTACT, P.READ_COMPLAINT_TEXT, P.WRITE_COMPLAINTS}
BACK_OFFICE_SECRETS = {P.READ_COST_PRICE, P.READ_SUPPLIERS, P.WRITE_HANDOFFS}


def test_every_role_has_rights_and_every_right_a_role() -> None:
    assert set(ROLE_PERMISSIONS) == set(Role)
    assert permissions_of(frozenset(Role)) == set(Permission)
    assert permissions_of(frozenset()) == frozenset()


def test_every_role_enters_one_office() -> None:
    for role in Role:
        held = ROLE_PERMISSIONS[role]
        assert (P.ENTER_FRONT_OFFICE in held) != (P.ENTER_BACK_OFFICE in held), role


def test_neither_office_has_the_others_secrets() -> None:
    for role in FRONT:
        assert not ROLE_PERMISSIONS[role] & BACK_OFFICE_SECRETS, role
    for role in BACK:
        assert not ROLE_PERMISSIONS[role] & FRONT_OFFICE_SECRETS, role


def test_the_administrator_manages_accounts_and_reads_no_business_data() -> None:
    accounts = {P.ENTER_BACK_OFFICE, P.READ_STAFF, P.READ_ACCOUNTS, P.WRITE_ACCOUNTS}
    assert ROLE_PERMISSIONS[Role.ADMINISTRATOR] == accounts
    assert {role for role, held in ROLE_PERMISSIONS.items() if P.WRITE_ACCOUNTS in held} == {Role.ADMINISTRATOR}


def test_who_writes_something_also_reads_it() -> None:
    needs = {
        P.WRITE_COMPLAINTS: P.READ_COMPLAINTS,
        P.WRITE_HANDOFFS: P.READ_HANDOFFS,
        P.WRITE_ACCOUNTS: P.READ_ACCOUNTS,
    }
    for role, held in ROLE_PERMISSIONS.items():
        for write, read in needs.items():
            assert write not in held or read in held, role


def test_of_the_back_office_only_its_manager_sees_the_handoffs_of_all_departments() -> None:
    readers = {role for role, held in ROLE_PERMISSIONS.items() if P.READ_ALL_HANDOFFS in held}
    assert readers == FRONT | {Role.BACK_OFFICE_MANAGER}


def test_several_roles_give_all_of_their_rights() -> None:
    both = permissions_of(frozenset({Role.MARKETER, Role.ACCOUNTANT}))
    assert both == ROLE_PERMISSIONS[Role.MARKETER] | ROLE_PERMISSIONS[Role.ACCOUNTANT]


def test_every_department_is_of_one_office() -> None:
    assert set(Department) == FRONT_OFFICE_DEPARTMENTS | BACK_OFFICE_DEPARTMENTS
    assert not FRONT_OFFICE_DEPARTMENTS & BACK_OFFICE_DEPARTMENTS
