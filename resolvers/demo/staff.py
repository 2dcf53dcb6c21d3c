"""Northwind's staff: its nine employees in fitting roles, and one invented account for every role."""

from dataclasses import dataclass
from datetime import UTC, datetime

from models.both_offices.accounts import Account
from models.permissions import BACK_OFFICE_DEPARTMENTS, FRONT_OFFICE_DEPARTMENTS, Department, Role
from resolvers.demo.facts import FOUNDED, fixed_id, rows
from resolvers.kit.commands import Viewer

DEMO_PASSWORD = "northwind"  # noqa: S105  # Published on purpose; it exists in demo companies only.
DOMAIN = "northwind.example"


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """Somebody whom a visitor can be."""

    address: str
    name: str
    role: Role
    departments: frozenset[Department]

    @property
    def email(self) -> str:
        return f"{self.address}@{DOMAIN}"


def _somebody(address: str, name: str, role: Role, *departments: Department) -> DemoAccount:
    return DemoAccount(address, name, role, frozenset(departments))


_R, _D = Role, Department

DEMO_ACCOUNTS: tuple[DemoAccount, ...] = (
    _somebody("service", "Alice Warren", _R.SERVICE_AGENT, _D.CUSTOMER_SERVICE),
    _somebody("sales", "Ben Ortiz", _R.SALES_REPRESENTATIVE, _D.SALES),
    _somebody("marketing", "Chloe Martin", _R.MARKETER, _D.MARKETING),
    _somebody("front.manager", "Daniel Reyes", _R.FRONT_OFFICE_MANAGER, *FRONT_OFFICE_DEPARTMENTS),
    _somebody("development", "Emma Fischer", _R.PRODUCT_DEVELOPER, _D.PRODUCT_DEVELOPMENT),
    _somebody("production", "Farid Haddad", _R.PRODUCTION_PLANNER, _D.PRODUCTION),
    _somebody("logistics", "Grace Kim", _R.LOGISTICS_CLERK, _D.LOGISTICS),
    _somebody("accounting", "Henrik Olsen", _R.ACCOUNTANT, _D.FINANCE),
    _somebody("hr", "Ines Duarte", _R.HR_OFFICER, _D.HUMAN_RESOURCES),
    _somebody("it", "Jonas Weber", _R.IT_TECHNICIAN, _D.IT),
    _somebody("legal", "Kavya Rao", _R.LEGAL_OFFICER, _D.LEGAL),
    _somebody("office", "Liam Byrne", _R.OFFICE_ADMINISTRATOR, _D.ADMINISTRATION),
    _somebody("back.manager", "Mona Petrov", _R.BACK_OFFICE_MANAGER, *BACK_OFFICE_DEPARTMENTS),
    # No department: it would only say whose handoffs one works on, and this role reads none.
    _somebody("admin", "Noah Stein", _R.ADMINISTRATOR),
)

COLLEAGUES: tuple[DemoAccount, ...] = (
    _somebody("rosa.lindqvist", "Rosa Lindqvist", _R.LOGISTICS_CLERK, _D.LOGISTICS),
    _somebody("tomas.novak", "Tomáš Novák", _R.PRODUCT_DEVELOPER, _D.PRODUCT_DEVELOPMENT),
    _somebody("yuki.tanaka", "Yuki Tanaka", _R.ACCOUNTANT, _D.FINANCE),
)
"""Second people of departments: who handled a complaint must not handle it again when it is challenged."""

EMPLOYEE_RIGHTS: dict[str, tuple[Role, frozenset[Department]]] = {
    "Sales Representative": (Role.SALES_REPRESENTATIVE, frozenset({Department.SALES})),
    "Inside Sales Coordinator": (Role.SERVICE_AGENT, frozenset({Department.CUSTOMER_SERVICE, Department.SALES})),
    "Sales Manager": (Role.FRONT_OFFICE_MANAGER, frozenset({Department.SALES, Department.CUSTOMER_SERVICE})),
    "Vice President, Sales": (Role.FRONT_OFFICE_MANAGER, FRONT_OFFICE_DEPARTMENTS),
}
"""What an employee's title means here."""


@dataclass(frozen=True, slots=True)
class Cast:
    """Who works at the demo company: employees by Northwind's id, the invented ones by address."""

    employees: dict[str, Viewer]
    people: dict[str, Viewer]

    def clerk(self, department: Department, *, second: bool = False) -> Viewer:
        """Who works on a department's handoffs, or who does when that one must not: a colleague, else the manager."""
        staff = (somebody for somebody in self.people.values() if department in somebody.departments)
        return sorted(staff, key=lambda somebody: len(somebody.departments))[second]


async def accounts(password_hash: str) -> Cast:
    """Stores the accounts, all with one password."""
    employees: dict[str, Account] = {}
    for row in rows("Employees"):
        role, departments = EMPLOYEE_RIGHTS[row["Title"]]
        name = f"{row['FirstName']} {row['LastName']}"
        somebody = DemoAccount(name.lower().replace(" ", "."), name, role, departments)
        employees[row["EmployeeID"]] = _account(somebody, int(row["EmployeeID"]), password_hash)
    invented = {
        somebody.address: _account(somebody, number, password_hash)
        for number, somebody in enumerate((*DEMO_ACCOUNTS, *COLLEAGUES), start=101)
    }
    await Account.bulk_create([*employees.values(), *invented.values()])
    return Cast(
        {key: _viewer(account) for key, account in employees.items()},
        {address: _viewer(account) for address, account in invented.items()},
    )


def _viewer(account: Account) -> Viewer:
    """Somebody at work in the story; no token stands behind it, so it never expires."""
    roles, departments = frozenset(map(Role, account.roles)), frozenset(map(Department, account.departments))
    return Viewer(account.id, account.name, roles, departments, None, datetime.max.replace(tzinfo=UTC))


def _account(somebody: DemoAccount, number: int, password_hash: str) -> Account:
    return Account(
        id=fixed_id("account", number),
        email=somebody.email,
        name=somebody.name,
        password_hash=password_hash,
        roles=[somebody.role.value],
        departments=sorted(department.value for department in somebody.departments),
        created_at=FOUNDED,
    )
