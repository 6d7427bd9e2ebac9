"""PEM, DER and key readers: any bytes are read or refused, never more."""

import base64
import contextlib

from hypothesis import given
from hypothesis import strategies as st

from meshgw.entries.curves import P224, P256, P384, P521, ed25519_public
from meshgw.entries.der import DerError
from meshgw.entries.pem import pem_blocks
from meshgw.entries.x509 import public_half, read_certificate, rsa_modulus

# Something that looks like DER: elements of known tags, with contents of the same.
ELEMENTS = st.recursive(
    st.binary(max_size=6),
    lambda inner: st.builds(
        lambda tag, parts: bytes([tag, len(body := b"".join(parts)[:120])]) + body,
        st.sampled_from([0x02, 0x03, 0x04, 0x05, 0x06, 0x0C, 0x13, 0x17, 0x30, 0x31, 0xA0, 0xA3]),
        st.lists(inner, max_size=6),
    ),
    max_leaves=20,
)


@given(st.one_of(st.binary(max_size=200), ELEMENTS))
def test_any_bytes_are_a_certificate_or_not(data):
    for read in (read_certificate, public_half, rsa_modulus):
        with contextlib.suppress(DerError):
            read(data)


LINES = st.sampled_from(
    [
        "-----BEGIN A-----",
        "-----END A-----",
        "-----BEGIN B: C-----",
        "Key: value",
        "YQ==",
        "YWFh",
        "",
        "-",
        " ",
    ]
)


@given(st.lists(st.one_of(LINES, st.text(max_size=8)), max_size=12))
def test_any_text_has_blocks_or_not(lines):
    for block in pem_blocks("\n".join(lines)):
        assert isinstance(block.data, bytes)


@given(st.binary(max_size=80), st.sampled_from(["A", "RSA PRIVATE KEY"]), st.booleans())
def test_a_written_block_is_read(data, label, wrapped):
    body = base64.encodebytes(data).decode() if wrapped else base64.b64encode(data).decode() + "\n"
    text = f"before\n-----BEGIN {label}-----\n{body if data else ''}-----END {label}-----\nafter"
    assert [(block.label, block.data) for block in pem_blocks(text)] == [(label, data)]


@given(st.sampled_from([P224, P256, P384, P521]), st.integers(min_value=1, max_value=2**64))
def test_public_points_are_on_their_curve(curve, scalar):
    assert curve.holds(curve.public(scalar))


def test_the_order_of_each_curve():
    for curve in (P224, P256, P384, P521):
        assert curve.public(curve.n) is None
        assert curve.public(curve.n + 1) == curve.g


def test_ed25519_of_rfc_8032():  # 7.1, test 1
    seed = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    public = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    assert ed25519_public(seed).hex() == public
