"""What a browser would not send, and what must not stay behind in one."""

import pytest
from django.test import Client
from django.urls import reverse

FORM = "multipart/form-data; boundary=x; charset={}"
SHORT_FORM = "application/x-www-form-urlencoded; charset={}"
BODY = b'--x\r\nContent-Disposition: form-data; name="username"\r\n\r\n+2AA-\r\n--x--\r\n'


@pytest.fixture
def browser(django_user_model):
    client = Client(raise_request_exception=False)
    client.force_login(django_user_model.objects.create_user("anna"))
    return client


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["enrollment:home", "core:token-list", "api:root"])
def test_page_is_kept_by_no_browser_and_no_proxy(browser, name):
    assert browser.get(reverse(name))["Cache-Control"] == "private, no-store"


@pytest.mark.django_db
def test_error_page_is_kept_by_no_browser(browser):
    assert browser.get("/no/such/page/")["Cache-Control"] == "private, no-store"


def test_files_of_the_site_are_kept(client):
    response = client.get("/static/css/base.css")
    assert b"".join(response)
    assert "public" in response["Cache-Control"]


@pytest.mark.django_db
@pytest.mark.parametrize("encoding", ["utf-7", "utf-16", "rot13", "nonsense"])
@pytest.mark.parametrize("form", [FORM, SHORT_FORM])
def test_form_in_another_encoding_is_refused(browser, form, encoding):
    browser.handler.enforce_csrf_checks = True  # which reads the form, too
    browser.cookies["csrftoken"] = "x" * 32

    response = browser.generic("POST", "/sign-in/", BODY, content_type=form.format(encoding))

    assert response.status_code == 400
    assert "<h1>" in response.text


@pytest.mark.django_db
def test_form_in_utf_8_is_read(browser):
    response = browser.generic("POST", "/sign-in/", BODY, content_type=FORM.format("UTF-8"))

    assert response.status_code == 302  # signed in already


@pytest.mark.django_db
def test_unreadable_call_of_the_api_is_a_problem_document(browser):
    response = browser.generic("POST", "/api/v1/", BODY, content_type=FORM.format("utf-7"))

    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"


@pytest.mark.django_db
def test_form_that_breaks_off_is_an_error_page(browser, monkeypatch):
    """The page that would send the values again has none to send."""

    def fail(request):
        raise OSError("the client went away")

    monkeypatch.setattr("django.core.handlers.wsgi.WSGIRequest._load_post_and_files", fail)

    response = browser.post("/tokens/new/", {"name": "script"})

    assert response.status_code == 500
    assert "X-Request-ID" in response
