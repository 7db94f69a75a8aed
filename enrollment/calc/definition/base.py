"""The base of every table of a trial's definition, and bilingual text."""

from collections.abc import Iterable, Iterator
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, StringConstraints

NonEmpty = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
FormName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(--?[a-z0-9]+)*$")]
"""A form of the program, or one of the trial: see `forms.OWN`."""


class Table(BaseModel):
    """A table of the file. Unknown keys are refused and types are not guessed."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Text(Table):
    """A string that a person reads, in English and in Simplified Chinese."""

    en: NonEmpty
    zh_hans: NonEmpty

    def in_language(self, code: str) -> str:
        """The Chinese text for every Chinese language code, the English one for any other."""
        return self.zh_hans if code.lower().startswith("zh") else self.en

    def filled(self, **values: int | str) -> Self:
        """The text with each `{name}` replaced; what is not named stays as it is."""
        en, zh_hans = self.en, self.zh_hans
        for name, value in values.items():
            en = en.replace(f"{{{name}}}", str(value))
            zh_hans = zh_hans.replace(f"{{{name}}}", str(value))
        return type(self)(en=en, zh_hans=zh_hans)


def repeated(values: Iterable[str]) -> Iterator[int]:
    """Places of values that stand further up already."""
    seen: set[str] = set()
    for index, value in enumerate(values):
        if value in seen:
            yield index
        seen.add(value)
