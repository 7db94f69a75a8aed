"""Reads a page as a browser would: what its form would send, what it says."""

import re
from html import unescape
from html.parser import HTMLParser


class _Inputs(HTMLParser):
    """The values of all inputs of a page, as the browser would send them."""

    def __init__(self):
        super().__init__()
        self.values = {}
        self.select = self.area = None

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        name, value = found.get("name"), found.get("value") or ""
        if tag == "input" and name:
            if found.get("type") not in ("radio", "checkbox") or "checked" in found:
                self.values[name] = value
        elif tag == "select":
            self.select = name
            self.values.setdefault(name, "")
        elif tag == "option" and self.select and "selected" in found:
            self.values[self.select] = value
        elif tag == "textarea":
            self.area = name
            self.values[name] = ""

    def handle_endtag(self, tag):
        if tag == "select":
            self.select = None
        elif tag == "textarea":
            self.area = None

    def handle_data(self, data):
        if self.area:
            self.values[self.area] += data


def inputs_of(response):
    """What the page's entry form would send if nothing were changed."""
    page = response.content.decode()
    [form] = re.findall(r"<form[^>]*data-unsaved-form.*?</form>", page, re.DOTALL) or [page]
    # What a script copies is no input yet.
    form = re.sub(r"<template.*?</template>", "", form, flags=re.DOTALL)
    reader = _Inputs()
    reader.feed(form)
    return reader.values


def text_of(response):
    """The words of the page without its markup."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", response.content.decode())))


def summary_of(response):
    """The lines of the error summary."""
    page = response.content.decode()
    found = re.search(r"data-error-summary.*?<ul>(.*?)</ul>", page, re.DOTALL)
    lines = re.findall(r"<li>(.*?)</li>", found[1], re.DOTALL) if found else []
    return [" ".join(unescape(re.sub(r"<[^>]+>", " ", line)).split()) for line in lines]


def messages_of(response):
    """Input name to the messages beside it."""
    found = re.findall(
        r'<ul class="errorlist" id="id_([^"]+)_error">(.*?)</ul>',
        response.content.decode(),
        re.DOTALL,
    )
    return {name: unescape(" ".join(re.findall(r"<li>(.*?)</li>", part))) for name, part in found}
