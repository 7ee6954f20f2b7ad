"""Rows to CSV, with cells a spreadsheet program will not run as formulas. Pure Python."""

import csv
import io

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def safe_cell(value):
    """Return ``value`` such that a spreadsheet shows it and never computes it (OWASP, "CSV Injection")."""
    if isinstance(value, str) and value.lstrip(" \u00a0").startswith(_FORMULA_STARTS):
        return "'" + value
    return value


def to_csv(header, rows):
    """Return CSV (RFC 4180) as UTF-8 bytes with a byte order mark, which spreadsheet programs need to read Arabic."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(header)
    writer.writerows([safe_cell(value) for value in row] for row in rows)
    return ("\ufeff" + out.getvalue()).encode()
