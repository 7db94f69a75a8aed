"""Demo accounts have published passwords: where real patients are, there must be none."""

from django.conf import settings

from core.models import User

REFUSAL = (
    "This database holds demo accounts, whose passwords are public. Production runs on a database"
    " of its own: set DATABASE_URL, or start the demo with `make demo`."
)


def demo_accounts_forbid_start() -> bool:
    """Raises django.db.DatabaseError when the database is away or not yet migrated."""
    return settings.PRODUCTION and User.objects.filter(is_demo=True).exists()
