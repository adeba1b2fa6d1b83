"""The accounts of the demo, as they are made, printed and shown on the front page."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class DemoAccount:
    """Somebody to sign in as. ``password_age`` is how long ago the password was set,
    ``totp_secret`` what an app on a telephone would have."""

    username: str
    password: str
    role: str | None = None
    is_superuser: bool = False
    first_name: str = ""
    email: str = ""
    tenant: str = "demo"
    phone: str = ""
    password_age: timedelta = timedelta(0)
    totp_secret: str = ""
    remark: str = ""


ACCOUNTS = (
    DemoAccount(
        "eurogames",
        "pyramid",
        role="Cashier",
        first_name="Sean Paul",
        email="email@egt.com",
        phone="0771694307",
        remark="the user of the document",
    ),
    DemoAccount("admin", "Admin-demo-1", is_superuser=True, remark="may do everything"),
    DemoAccount("manager", "Manager-demo-1", role="Manager", remark="manages users"),
    DemoAccount("attendant", "Attendant-demo-1", role="Attendant", remark="has no rights"),
    DemoAccount(
        "expired",
        "Expired-demo-1",
        role="Cashier",
        email="expired@example.com",
        password_age=timedelta(days=91),
        remark="its password is 91 days old; a Cashier's may be 90",
    ),
    DemoAccount(
        "stranger",
        "Stranger-demo-1",
        email="stranger@example.com",
        tenant="elsewhere",
        remark="of another tenant: sees nobody else, and nobody sees them",
    ),
    DemoAccount(
        "mira",
        "Mira-demo-1",
        email="mira@example.com",
        totp_secret="JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
        remark="has a second factor: its code is at /telephone/mira/, its secret "
        "JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP",
    ),
    DemoAccount(
        "auditor",
        "Auditor-demo-1",
        role="Auditor",
        email="auditor@example.com",
        remark="must set up a second factor at the first sign-in: the role asks for one",
    ),
)

#: The role that asks for a second factor. The document does not know it.
STRICT_ROLE = "Auditor"
#: Slugs and names. Who signs up without naming a tenant joins the first.
TENANTS = {"demo": "The demo", "elsewhere": "Elsewhere"}
#: Who owns their tenant.
OWNERS = {"admin", "stranger"}
#: Author, about whom, what.
COMMENTS = (
    ("manager", "eurogames", "Welcome to the team."),
    ("eurogames", "manager", "Thank you! Where do I find the keys of the till?"),
    ("manager", "eurogames", "With the attendant."),
    ("stranger", "stranger", "A note to myself, which nobody of the demo reads."),
)

#: The rules of each role, as the document lists them. The expiry is not in the document's list.
ROLE_SETTINGS = {
    "Cashier": {
        "minimum_characters": 6,
        "contain_upper_case": False,
        "contain_lower_case": True,
        "contain_special_case": True,
        "contain_number": True,
        "password_expiration": 90,
    },
    "Attendant": {
        "minimum_characters": 8,
        "contain_upper_case": True,
        "contain_lower_case": True,
        "contain_special_case": True,
        "contain_number": True,
    },
    "Manager": {
        "minimum_characters": 10,
        "contain_upper_case": True,
        "contain_lower_case": True,
        "contain_special_case": True,
        "contain_number": True,
    },
}
