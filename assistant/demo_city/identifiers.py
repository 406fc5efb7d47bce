"""Numbers with right check digits that can belong to nobody: region 9901xx, phones 19900xxxxxx.

Citizen numbers: GB 11643-1999. Organisation codes: GB 11714-1997. Unified social credit codes: GB 32100-2015.
"""

from __future__ import annotations

import numpy as np

from assistant.demo_city.draws import Array, words

_CITIZEN_WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
_CITIZEN_CHECK = "10X98765432"
_CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_WEIGHTS = [pow(3, i, 31) for i in range(17)]
_ORGANISATION_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def citizen_numbers(regions: Array, births: Array, male: Array, wrong: Array) -> Array:
    """Eighteen characters each: region code, birth date, running number (odd = male), check character.

    `regions` int, `births` datetime64[D], `male` bool, `wrong` bool: those get a check character that does not fit.
    """
    year = births.astype("datetime64[Y]").astype(np.int64) + 1970
    month = births.astype("datetime64[M]").astype(np.int64) % 12 + 1
    day = (births - births.astype("datetime64[M]")).astype(np.int64) + 1
    stamp = year * 10000 + month * 100 + day
    running = _running_numbers(regions, stamp, male) * 2 + male
    body = (regions.astype(np.int64) * 10**8 + stamp) * 1000 + running % 1000
    digits = (body[:, None] // 10 ** np.arange(16, -1, -1)) % 10
    check = (digits @ _CITIZEN_WEIGHTS) % 11
    check = np.where(wrong, (check + 3) % 11, check)
    return words([f"{b}{_CITIZEN_CHECK[c]}" for b, c in zip(body.tolist(), check.tolist(), strict=True)])


def _running_numbers(regions: Array, stamp: Array, male: Array) -> Array:
    """0, 1, 2 ... within the same region, day and sex."""
    group = (regions.astype(np.int64) * 10**8 + stamp) * 2 + male
    order = np.argsort(group, kind="stable")
    ordered = group[order]
    position = np.arange(len(group))
    starts = np.where(np.r_[True, ordered[1:] != ordered[:-1]], position, 0)
    found = np.empty(len(group), dtype=np.int64)
    found[order] = position - np.maximum.accumulate(starts)
    return found


def phones(positions: Array) -> Array:
    """199 00 and six digits: a range that is not handed out."""
    return words([f"19900{p % 1_000_000:06d}" for p in positions.tolist()])


def credit_code(kind: str, region: str, number: int) -> str:
    """`kind` 91 enterprise, 92 sole trader, 93 cooperative; 18 characters with both check characters."""
    organisation = f"MA{number:06d}"
    total = sum(_ORGANISATION_ALPHABET.index(c) * w for c, w in zip(organisation, _ORGANISATION_WEIGHTS, strict=True))
    body = f"{kind}{region}{organisation}{'0123456789X0'[(11 - total % 11)]}"
    total = sum(_CREDIT_ALPHABET.index(c) * w for c, w in zip(body, _CREDIT_WEIGHTS, strict=True))
    return body + _CREDIT_ALPHABET[(31 - total % 31) % 31]
