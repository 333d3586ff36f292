"""Any value that CBOR can write."""

from typing import Any

from hypothesis import strategies as st

NUMBERS = st.integers(-(2**64), 2**64 - 1) | st.floats()
ANYTHING: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(max_size=20) | st.binary(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3) | st.integers(-300, 50), inner, max_size=4)
    ),
    max_leaves=20,
)
