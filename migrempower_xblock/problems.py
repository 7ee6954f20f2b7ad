"""What is wrong with a document an author wrote, told so that they can mend it. Pure Python."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

Path = tuple[str | int, ...]
Told = Callable[[Path, str], None]  # told(path inside the value, message)


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake.

    ``path`` leads to it through the document's plain data, for example ``("areas", 0, "title", "es")``.
    ``message`` says what is wrong and how to mend it. ``line`` and ``element`` are known for OLX only.
    """

    path: Path
    message: str
    line: int | None = None
    element: str = ""

    def __str__(self) -> str:
        """Return one sentence with the place in front."""
        if self.line is not None:
            return f"Line {self.line}, <{self.element}>: {self.message}"
        where = "/".join(str(part) for part in self.path)
        return f"{where}: {self.message}" if where else self.message


class InvalidDocument(ValueError):
    """A document has mistakes; ``problems`` lists every one that was found, in reading order."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))
