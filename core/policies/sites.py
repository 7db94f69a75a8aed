"""Where patients may be added: only at a site that is open for entry."""

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core.models import Site, SiteOpening
from core.refusals import Refused


def check_site_is_open(site: Site) -> None:
    """
    Raises:
        Refused: the site has no opening on record, or was closed since.
    """
    if not is_open(site):
        raise Refused(
            _(
                "Site %(code)s is not open for entry: nobody can be screened there. A data manager"
                " or an administrator opens it when its approvals are on record."
            )
            % {"code": site.code}
        )


def any_open(sites: QuerySet[Site]) -> bool:
    return SiteOpening.objects.open_now().filter(site__in=sites).exists()


def is_open(site: Site) -> bool:
    return SiteOpening.objects.open_now().filter(site=site).exists()
