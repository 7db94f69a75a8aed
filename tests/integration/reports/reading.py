"""Answers of the API, read as a script reads them."""

import csv
import io


def text_of(response):
    assert response.status_code == 200, response.content
    return b"".join(response.streaming_content).decode()


def rows_of(response):
    return list(csv.DictReader(io.StringIO(text_of(response), newline="")))


def problem_of(response):
    assert response["Content-Type"] == "application/problem+json"
    problem = response.json()
    assert {"type", "title", "status", "detail", "code"} <= problem.keys()
    assert problem["status"] == response.status_code
    return problem
