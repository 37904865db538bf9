"""Figures side by side: what was wanted, what was measured, whether it is reached."""

import statistics
from dataclasses import dataclass, field


@dataclass
class Figure:
    name: str
    unit: str
    target: float
    is_floor: bool = False  # reached when not below the target, instead of not above
    runs: list = field(default_factory=list)
    digits: int = 2

    @property
    def median(self):
        return statistics.median(self.runs)

    @property
    def is_reached(self):
        return self.median >= self.target if self.is_floor else self.median <= self.target

    def row(self):
        def text(number):
            return f"{number:.{self.digits}f} {self.unit}"
        return (f"| {self.name} | {'at least' if self.is_floor else 'at most'} {text(self.target)} | {text(self.median)} "
                f"| {text(min(self.runs))} – {text(max(self.runs))} | {'reached' if self.is_reached else '**not reached**'} |")


def show(figures):
    print("\n| figure | target | median | range | |\n|---|---|---|---|---|")
    for figure in figures:
        print(figure.row())
    print(flush=True)
