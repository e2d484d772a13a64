"""What is kept of a provider can be read by us only, and not changed by anybody."""

import pytest

from accounts.links.encryption import Undecryptable, decrypt, encrypt


@pytest.mark.parametrize("text", ["", "x", "gAAAA", "\0", "é" * 99])
def test_what_is_not_a_token_cannot_be_decrypted(text: str) -> None:
    if not text:
        assert decrypt(text) == ""
        return
    with pytest.raises(Undecryptable):
        decrypt(text)
    assert decrypt(encrypt(text)) == text


def test_a_changed_letter_is_noticed() -> None:
    sealed = encrypt("secret")
    middle = len(sealed) // 2
    changed = sealed[:middle] + ("A" if sealed[middle] != "A" else "B") + sealed[middle + 1 :]
    with pytest.raises(Undecryptable):
        decrypt(changed)
    assert encrypt("secret") != sealed
    assert decrypt(sealed) == "secret"
