"""Check digits of Chinese identifiers. Pure; every function takes the normalised, upper-case text."""

from __future__ import annotations

from datetime import date

# GB/T 2260 province prefixes; 71 81 82 83 as used in ID numbers of Taiwan, Hong Kong and Macau residents (83: residence
# permits). 99 belongs to no place: synthetic data uses it, so that no generated number can be a person's.
_PROVINCES = "11-15 21-23 31-37 41-46 50-54 61-65 71 81-83 99"
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECK = "10X98765432"
_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_VIN_VALUES = {
    **{str(d): d for d in range(10)},
    **dict(zip("ABCDEFGH", range(1, 9), strict=True)),
    **dict(zip("JKLMN", range(1, 6), strict=True)),
    **{"P": 7, "R": 9},
    **dict(zip("STUVWXYZ", range(2, 10), strict=True)),
}


def _spread(ranges: str) -> frozenset[str]:
    bounds = [part.partition("-") for part in ranges.split()]
    return frozenset(str(code) for low, _, high in bounds for code in range(int(low), int(high or low) + 1))


PROVINCES = _spread(_PROVINCES)


def is_region(code: str) -> bool:
    """The first two digits are a province."""
    return code[:2] in PROVINCES


def is_day(text: str) -> bool:
    """YYYYMMDD, a real day from 1900 on and not in the next century."""
    try:
        day = date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return False
    return 1900 <= day.year < 2100


def resident_id_check(first17: str) -> str:
    """The 18th character (GB 11643, ISO 7064 MOD 11-2)."""
    return _ID_CHECK[sum(int(d) * w for d, w in zip(first17, _ID_WEIGHTS, strict=True)) % 11]


def has_id_form(text: str) -> bool:
    """Region and birthday fit; the check digit is not looked at."""
    return is_region(text) and is_day(text[6:14])


def is_resident_id(text: str) -> bool:
    """公民身份号码, GB 11643."""
    return has_id_form(text) and resident_id_check(text[:17]) == text[17]


def is_foreign_resident_id(text: str) -> bool:
    """外国人永久居留身份证 since 2023: 18 digits from 9, birthday and check digit as in GB 11643."""
    return text[0] == "9" and text[:2] != "99" and is_day(text[6:14]) and resident_id_check(text[:17]) == text[17]


def is_old_resident_id(text: str) -> bool:
    """15 digits: region and YYMMDD; there is no check digit."""
    return is_region(text) and is_day("19" + text[6:12])


def uscc_check(first17: str) -> str:
    """The 18th character of a 统一社会信用代码 (GB 32100)."""
    total = sum(_USCC_ALPHABET.index(c) * pow(3, i, 31) for i, c in enumerate(first17))
    return _USCC_ALPHABET[(31 - total % 31) % 31]


def is_uscc(text: str) -> bool:
    """统一社会信用代码, GB 32100, and the 组织机构代码 inside it."""
    return is_region(text[2:4]) and uscc_check(text[:17]) == text[17] and is_organisation_code(text[8:17])


def organisation_check(first8: str) -> str:
    """The 9th character of an 组织机构代码 (GB 11714)."""
    total = sum(int(c, 36) * w for c, w in zip(first8, _ORGANISATION_WEIGHTS, strict=True))
    return "0123456789X0"[11 - total % 11]


def is_organisation_code(text: str) -> bool:
    """组织机构代码, GB 11714."""
    return organisation_check(text[:8]) == text[8]


def luhn_check(digits: str) -> str:
    """The digit that completes a number under ISO/IEC 7812 (bank cards, IMEI)."""
    total = 0
    for i, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (2 if i % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return str(-total % 10)


def is_luhn(text: str) -> bool:
    """ISO/IEC 7812, and not all one digit."""
    return len(set(text)) > 2 and luhn_check(text[:-1]) == text[-1]


def vin_check(text: str) -> str:
    """Position 9 of a vehicle identification number (GB 16735)."""
    rest = sum(_VIN_VALUES[c] * w for c, w in zip(text, _VIN_WEIGHTS, strict=True)) % 11
    return "X" if rest == 10 else str(rest)


def is_vin(text: str) -> bool:
    """车辆识别代号, GB 16735: letters and digits, ending in digits."""
    letters = sum(c.isalpha() for c in text)
    return 2 <= letters <= 13 and text[-4:].isdigit() and vin_check(text) == text[8]


def mrz_check(text: str) -> str:
    """ICAO 9303: weights 7 3 1; A is 10, < is 0."""
    values = [0 if c == "<" else int(c, 36) for c in text]
    return str(sum(value * (7, 3, 1)[i % 3] for i, value in enumerate(values)) % 10)


def is_mrz(text: str) -> bool:
    """The second line of a passport's machine-readable zone: number, birthday and expiry each with a check digit."""
    return all(mrz_check(text[a:b]) == text[b] for a, b in ((0, 9), (13, 19), (21, 27)))


def is_estate_unit(text: str) -> bool:
    """不动产单元号: starts with a region; there is no check digit."""
    return is_region(text)


def is_address_v4(text: str) -> bool:
    """Four numbers up to 255."""
    return all(int(part) < 256 for part in text.split("."))


def is_sound_mobile(text: str) -> bool:
    """Eleven digits that are not one digit repeated after the first two."""
    return len(set(text[-9:])) > 1 or text[-9:] == "000000000"
