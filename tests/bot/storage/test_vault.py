"""Texts are readable with a listed key and with no other, and a key never shows."""

from base64 import urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.storage.vault import Vault

OLD, NEW = (urlsafe_b64encode(bytes([byte]) * 32).decode() for byte in (1, 255))


@given(text=st.text(st.characters(exclude_categories=["Cs"])))
def test_what_is_encrypted_is_decrypted(text: str) -> None:
    vault = Vault([NEW])
    assert vault.decrypt(vault.encrypt(text)) == text
    assert vault.key_of(text) == vault.key_of(text)


def test_the_same_text_never_looks_the_same_and_never_shows() -> None:
    vault = Vault([NEW])
    one, two = vault.encrypt("such a fine day"), vault.encrypt("such a fine day")
    assert one != two
    assert b"fine" not in one


def test_the_first_key_encrypts_and_all_decrypt() -> None:
    old, both, new = Vault([OLD]), Vault([NEW, OLD]), Vault([NEW])
    assert both.decrypt(old.encrypt("kept long ago")) == "kept long ago"
    assert new.decrypt(both.encrypt("kept today")) == "kept today"
    with pytest.raises(ValueError, match="no key in TEXT_KEYS decrypts this text"):
        new.decrypt(old.encrypt("kept long ago"))


def test_a_changed_text_is_refused() -> None:
    vault = Vault([NEW])
    with pytest.raises(ValueError, match="TEXT_KEYS"):
        vault.decrypt(vault.encrypt("hello")[:-4] + b"AAAA")


def test_the_hash_is_of_the_normalised_text_and_of_the_key() -> None:
    vault = Vault([NEW])
    assert vault.key_of("I'm  SO happy") == vault.key_of("im so happy")
    assert vault.key_of("i am so happy") != vault.key_of("i am so sad")
    assert len(vault.key_of("")) == 16
    assert Vault([OLD]).key_of("i am so happy") != vault.key_of("i am so happy")


def test_a_rotation_breaks_no_lookup() -> None:
    before, during, after = Vault([OLD]), Vault([NEW, OLD]), Vault([NEW])
    assert before.key_of("hello") in during.keys_of("hello")
    assert during.key_of("hello") == during.keys_of("hello")[0]
    assert during.key_of("hello") in after.keys_of("hello")


@pytest.mark.parametrize("nothing", ["", "@you", "https://example.org/", "[]"])
def test_texts_of_which_normalising_leaves_nothing_are_not_the_same(nothing: str) -> None:
    assert Vault([NEW]).keys_of(nothing) == ()


def test_without_keys_nothing_is_kept() -> None:
    vault = Vault([])
    assert not vault.can_keep
    assert Vault([NEW]).can_keep
    assert vault.keys_of("hello") == ()
    for call in (vault.encrypt, vault.key_of):
        with pytest.raises(ValueError, match=r"TEXT_KEYS is empty.*Fernet.generate_key"):
            call("hello")
    with pytest.raises(ValueError, match="TEXT_KEYS is empty"):
        vault.decrypt(b"")


@pytest.mark.parametrize("key", ["", "password", "ключ", NEW[:-1], "!" * 44])
def test_a_key_that_is_none_is_refused_without_showing_it(key: str) -> None:
    with pytest.raises(ValueError, match=r"key 2 in TEXT_KEYS is not 32 bytes .*Fernet.generate_key") as caught:
        Vault([OLD, key])
    assert OLD not in str(caught.value)
    assert len(key) < 5 or key not in str(caught.value)
