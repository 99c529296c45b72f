"""Attributes of HDF5 objects, in and out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from bench.record.hdf5.library import SCALAR, TEXT, TEXT_TYPE, h5py
from bench.record.hdf5.names import link_name, storable_text


def describe(identity: Any, attributes: Mapping[str, object]) -> None:
    """Set attributes of an HDF5 object; a whole number is changed in place."""
    for name, value in attributes.items():
        node = link_name(name)
        if not h5py.h5a.exists(identity, node):
            continue
        if type(value) is int and _is_integer(h5py.h5a.open(identity, node)):
            h5py.h5a.open(identity, node).write(np.array(value, np.int64))
        else:
            h5py.h5a.delete(identity, node)
    missing = {
        name: value
        for name, value in attributes.items()
        if not h5py.h5a.exists(identity, link_name(name))
    }
    create_attributes(identity, missing)


def _is_integer(attribute: Any) -> bool:
    return attribute.shape == () and attribute.dtype == np.dtype("<i8")


def create_attributes(identity: Any, attributes: Mapping[str, object]) -> None:
    """Make new attributes by HDF5's own functions: a run has thousands of them."""
    for name, value in attributes.items():
        array = _attribute_array(value)
        space = h5py.h5s.create_simple(array.shape) if array.shape else SCALAR
        is_text = array.dtype.hasobject
        kind = TEXT_TYPE if is_text else h5py.h5t.py_create(array.dtype, logical=True)
        h5py.h5a.create(identity, link_name(name), kind, space).write(array)


def _attribute_array(value: object) -> NDArray[Any]:
    """Return a value as an array HDF5 can hold: texts, numbers, lists of them."""
    if isinstance(value, str):
        return np.array(storable_text(value), TEXT)
    if isinstance(value, list | tuple):
        items = cast("Sequence[object]", value)
        if items and isinstance(items[0], str):
            return np.array([storable_text(str(item)) for item in items], TEXT)
    return np.array(value)


def attributes_of(identity: Any) -> dict[str, object]:
    """Return all attributes of an HDF5 object as plain Python values.

    By HDF5's own functions: opening a run waits for this, and h5py's takes three times as long.
    """
    found: dict[str, object] = {}
    for place in range(h5py.h5a.get_num_attrs(identity)):
        attribute = h5py.h5a.open(identity, index=place)
        found[text_of(attribute.name)] = _value_of(attribute)
    return found


def _value_of(attribute: Any) -> object:
    shape = attribute.shape  # asking for it again costs as much as reading the value
    if shape is None:
        return None  # nothing was ever stored in it
    values = np.empty(shape, attribute.dtype)
    attribute.read(values)
    return plain(values if shape else values[()])


def plain(value: Any) -> object:
    """Return what h5py reads as plain Python values."""
    if isinstance(value, np.ndarray):
        items = cast("list[Any]", value.tolist())
        return [plain(item) for item in items]
    if isinstance(value, np.generic):
        return cast("object", value.item())
    found: object = value
    return text_of(found) if isinstance(found, bytes) else found


def text_of(value: str | bytes) -> str:
    """Return a text, however HDF5 stored it."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
