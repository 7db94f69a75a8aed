from django.urls import path

from core.views import access, notices, people, person_changes, sessions, sites, tokens

app_name = "core"

urlpatterns = [
    path("roles/", access.role_matrix, name="role-matrix"),
    path("trials/<slug:slug>/people/", people.person_list, name="person-list"),
    path("trials/<slug:slug>/people/invite/", people.person_invite, name="person-invite"),
    path("trials/<slug:slug>/people/grant/", people.role_grant, name="role-grant"),
    path("trials/<slug:slug>/people/training-rule/", access.training_rule, name="training-rule"),
    path("trials/<slug:slug>/people/review/", access.access_review, name="access-review"),
    path("trials/<slug:slug>/people/review/csv/", access.access_review_csv, name="access-csv"),
    path("trials/<slug:slug>/people/notices/", notices.recipient_list, name="recipient-list"),
    path(
        "trials/<slug:slug>/people/notices/<int:pk>/remove/",
        notices.recipient_remove,
        name="recipient-remove",
    ),
    path(
        "trials/<slug:slug>/people/roles/<int:pk>/", person_changes.role_revoke, name="role-revoke"
    ),
    path("trials/<slug:slug>/people/<int:pk>/", people.person_detail, name="person-detail"),
    path(
        "trials/<slug:slug>/people/<int:pk>/training/",
        people.training_record,
        name="training-record",
    ),
    *(
        path(f"trials/<slug:slug>/people/<int:pk>/{name}/", view, name=f"person-{name}")
        for name, view in (
            ("deactivate", person_changes.person_deactivate),
            ("reactivate", person_changes.person_reactivate),
            ("unlock", person_changes.person_unlock),
            ("reset-factor", person_changes.person_reset_factor),
            ("letter", person_changes.person_letter),
        )
    ),
    path("trials/<slug:slug>/sites/", sites.site_list, name="site-list"),
    path("trials/<slug:slug>/sites/<str:code>/open/", sites.site_open, name="site-open"),
    path("trials/<slug:slug>/sites/<str:code>/close/", sites.site_close, name="site-close"),
    path("sessions/", sessions.session_list, name="session-list"),
    path("sessions/extend/", sessions.session_extend, name="session-extend"),
    path("sessions/end-others/", sessions.session_end_others, name="session-end-others"),
    path("sessions/<int:pk>/end/", sessions.session_end, name="session-end"),
    path("tokens/", tokens.token_list, name="token-list"),
    path("tokens/new/", tokens.token_create, name="token-create"),
    path("tokens/<int:pk>/revoke/", tokens.token_revoke, name="token-revoke"),
]
