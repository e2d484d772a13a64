"""Who calls, as `request.user`."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID


@dataclass(frozen=True, slots=True)
class CoderUser:
    """A user of coderauth, and the key that they came with; no row of this service's database.

    `scopes` are for showing. Whether the key may do something, only coderauth can say:
    a scope may stand for many, and an allow list or a role may permit less.
    """

    id: UUID
    username: str
    scopes: tuple[str, ...]
    key_id: str

    is_authenticated: ClassVar[bool] = True
    is_anonymous: ClassVar[bool] = False
    is_active: ClassVar[bool] = True
    is_staff: ClassVar[bool] = False
    is_superuser: ClassVar[bool] = False

    @property
    def pk(self) -> UUID:
        return self.id

    def get_username(self) -> str:
        return self.username

    def __str__(self) -> str:
        return self.username
