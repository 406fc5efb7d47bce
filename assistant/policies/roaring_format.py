"""Reading serialised 64-bit roaring bitmaps of scattered hashes quickly, straight from the portable format.

In a set of random 64-bit hashes nearly every value has a container of its own: 22 bytes that numpy reads all at once
(RoaringFormatSpec, "extension for 64-bit implementations"). pyroaring builds a tree instead, 30 times slower. What is
not of this form is left to pyroaring.
"""

from __future__ import annotations

from typing import Any

import numpy as np

_NO_RUNS = 12346  # cookie of a 32-bit bitmap without run containers
_ALONE = np.dtype(
    [("high", "<u4"), ("cookie", "<u4"), ("containers", "<u4"), ("middle", "<u2"), ("more", "<u2"), ("offset", "<u4"),
     ("low", "<u2")]
)  # fmt: skip
_LARGEST_ARRAY = 4096  # values; above, a container is a bit set of 8192 bytes


def scattered(serialised: bytes) -> Any | None:
    """The values, ascending, as uint64; None where the bytes hold anything but array containers of single values."""
    left = int.from_bytes(serialised[:8], "little")
    place, parts = 8, []
    while left:
        count = min(left, (len(serialised) - place) // _ALONE.itemsize)
        records = np.frombuffer(serialised, dtype=_ALONE, count=count, offset=place)
        fits = (records["cookie"] == _NO_RUNS) & (records["containers"] == 1) & (records["more"] == 0)
        alone = int(np.argmin(fits)) if not fits.all() else count
        parts.append(_values(records[:alone]))
        place += alone * _ALONE.itemsize
        left -= alone
        if left:
            several = _several(serialised, place)
            if several is None:
                return None
            parts.append(several[0])
            place = several[1]
            left -= 1
    return np.concatenate([np.zeros(0, dtype=np.uint64), *parts]) if place == len(serialised) else None


def _values(records: Any) -> Any:
    high = records["high"].astype(np.uint64) << np.uint64(32)
    middle = records["middle"].astype(np.uint64) << np.uint64(16)
    return high | middle | records["low"].astype(np.uint64)


def _several(serialised: bytes, place: int) -> tuple[Any, int] | None:
    """(values, where it ends) of one 32-bit bitmap with several array containers."""
    if place + 12 > len(serialised):
        return None
    high, cookie, containers = np.frombuffer(serialised, dtype="<u4", count=3, offset=place).tolist()
    start = place + 12
    if cookie != _NO_RUNS or not 0 < containers <= 65536 or start + 8 * containers > len(serialised):
        return None
    keys = np.frombuffer(serialised, dtype="<u2", count=2 * containers, offset=start).reshape(-1, 2).astype(np.uint64)
    sizes = keys[:, 1] + np.uint64(1)
    start += 8 * containers
    end = start + 2 * int(sizes.sum())
    if int(sizes.max()) > _LARGEST_ARRAY or end > len(serialised):
        return None
    low = np.frombuffer(serialised, dtype="<u2", count=int(sizes.sum()), offset=start).astype(np.uint64)
    middle = np.repeat(keys[:, 0] << np.uint64(16), sizes.astype(np.int64))
    return (np.uint64(high) << np.uint64(32)) | middle | low, end
