"""Who works on the queries of a site."""

from core.models import Membership, Site, User
from core.permissions import Permission, roles_with


def who_can_answer(site: Site) -> list[User]:
    """The people to whom a query of the site can be assigned, by name."""
    roles = roles_with(Permission.QUERY_ANSWER)
    held = Membership.objects.filter(
        trial_id=site.trial_id, role__in=roles, revoked_at__isnull=True, user__is_active=True
    )
    people = {item.user for item in held.select_related("user") if item.site_id in (None, site.pk)}
    return sorted(people, key=str)
