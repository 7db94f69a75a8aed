from io import StringIO

from django.core.management.base import OutputWrapper

from core.progress import Progress


class Terminal(StringIO):
    def isatty(self):
        return True


def test_progress_in_a_log_is_one_line_a_quarter():
    out = StringIO()
    progress = Progress(OutputWrapper(out), "Storing", total=8)
    for _step in range(8):
        progress.advance()
    progress.finish()
    assert out.getvalue().splitlines() == [
        "Storing: 12 %",
        "Storing: 25 %",
        "Storing: 50 %",
        "Storing: 75 %",
        "Storing: 100 %",
    ]


def test_progress_on_a_terminal_redraws_one_line_and_ends_it():
    out = Terminal()
    progress = Progress(OutputWrapper(out), "Storing", total=2)
    progress.advance()
    progress.advance(5)
    progress.finish()
    lines = out.getvalue().split("\r")
    assert lines[1] == f"Storing [{'#' * 15:<30}]  50 %"
    assert lines[2] == f"Storing [{'#' * 30}] 100 %\n"


def test_progress_of_nothing_needs_no_steps():
    out = StringIO()
    Progress(OutputWrapper(out), "Storing", total=0).finish()
    assert out.getvalue() == ""
