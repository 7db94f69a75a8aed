from django.urls import path

from benchmarks.bare import bare, empty
from trialsite.urls import handler404, handler500, urlpatterns

__all__ = ["handler404", "handler500", "urlpatterns"]

urlpatterns += [path("bare/", bare), path("bare/<slug:slug>/", empty)]
