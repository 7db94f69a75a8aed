"""How far a long step of a command is: a bar on a terminal, plain lines elsewhere."""

from django.core.management.base import OutputWrapper

BAR_WIDTH = 30
PLAIN_STEP_PERCENT = 25


class Progress:
    """Counts up to `total`. Shows each percent on a terminal and each quarter in a log."""

    def __init__(self, out: OutputWrapper, label: str, *, total: int) -> None:
        self.out, self.label, self.total = out, label, max(total, 1)
        self.done = 0
        self._shown = -1

    def advance(self, steps: int = 1) -> None:
        self.done = min(self.done + steps, self.total)
        percent = 100 * self.done // self.total
        if self.out.isatty():
            if percent != self._shown:
                self._draw(percent)
        elif percent // PLAIN_STEP_PERCENT > self._shown // PLAIN_STEP_PERCENT:
            self.out.write(f"{self.label}: {percent} %")
            self._shown = percent

    def finish(self) -> None:
        """Ends the bar's line, so that what is written next starts on its own."""
        if self.out.isatty() and self._shown >= 0:
            self.out.write("")

    def _draw(self, percent: int) -> None:
        bar = "#" * (BAR_WIDTH * percent // 100)
        self.out.write(f"\r{self.label} [{bar:<{BAR_WIDTH}}] {percent:3} %", ending="")
        self.out.flush()
        self._shown = percent
