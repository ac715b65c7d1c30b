"""What model.onnx cannot do itself: from rows as people write them to the arrays that it takes, and from its outputs to answers.

It follows signature.json and nothing else, and needs numpy. reader.js does the same. The rules are in docs/exports.md of Descent,
under "Reading written values".
"""

import datetime
import json
import math
import re

import numpy

from words import BLANKS, reader_of

# Blanks of any width and the signs of typesetters, as a keyboard has them.
TYPESET = str.maketrans({"\u2212": "-", "\u2019": "'", "\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u2007": " "})
SEPARATORS = {",": ",", ".": ".", "space": " ", "apostrophe": "'"}


def plain(text):
    return text.translate(TYPESET).strip(" ")


def number_of(text, reading=None):
    """A number as it is written; NaN: it is none."""
    reading = reading or {}
    decimal = reading.get("decimal", ".")
    between = SEPARATORS.get(reading.get("grouping", "none"))
    unit = reading.get("unit", "")
    point, taken = re.escape(decimal), re.escape(plain(unit))
    grouped = rf"[1-9][0-9]{{0,2}}(?:{re.escape(between)}[0-9]{{3}})+(?:{point}[0-9]*)?|" if between else ""
    digits = rf"(?:{grouped}[0-9]+(?:{point}[0-9]*)?|{point}[0-9]+)(?:[eE][+-]?[0-9]+)?"
    before = rf"(?:([+-]?) ?(?:{taken} ?)?|{taken} ?([+-]?) ?)" if unit else "([+-]?)()"
    after = f"(?: ?{taken})?" if unit else ""
    enclosed = f"(?:{taken} ?)?" if unit else ""
    given = plain(text)
    sign, found = 1, None
    if reading.get("parentheses"):
        inside = re.fullmatch(rf"\({enclosed}({digits}){after}\)", given)
        if inside:
            sign, found = -1, inside[1]
    if found is None:
        match = re.fullmatch(f"{before}({digits}){after}", given)
        if not match:
            return math.nan
        found = match[3]
        sign = -1 if "-" in (match[1], match[2]) else 1
    bare = found.replace(between, "") if between else found
    value = float(bare.replace(decimal, "."))
    return sign * value if math.isfinite(value) else math.nan


MONTHS = "january february march april may june july august september october november december".split()
WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
NAMES = {
    "b": [name[:3] for name in MONTHS],
    "B": MONTHS,
    "a": [name[:3] for name in WEEKDAYS],
    "A": WEEKDAYS,
    "p": ["am", "pm"],
}
# What each letter of a format reads; a number has at most so many digits.
NUMBERS = {
    "d": ("day", 2), "m": ("month", 2), "Y": ("year", 4), "y": ("year", 2), "H": ("hour", 2), "I": ("half", 2),
    "M": ("minute", 2), "S": ("second", 2), "j": ("ordinal", 3), "f": ("micro", 9),
}  # fmt: skip
EPOCH = datetime.date(1970, 1, 1).toordinal()


def moment_of(year=0, month=1, day=1, ordinal=None, hour=0, minute=0, second=0, micro=0, **_):
    """Days since 1970-01-01 with the time as fraction; NaN for what no calendar has."""
    if not 1000 <= year <= 9999 or minute > 59 or second > 59:
        return math.nan
    if hour > 23 and not (hour == 24 and minute == second == micro == 0):
        return math.nan
    try:
        days = datetime.date(year, month, day).toordinal() - EPOCH
    except ValueError:
        return math.nan
    if ordinal is not None:
        days = datetime.date(year, 1, 1).toordinal() - EPOCH + ordinal - 1
    return days + ((hour * 60 + minute) * 60e6 + second * 1e6 + micro) / 86400e6


ISO = re.compile(
    r"([0-9]{4,})([-/ \\])([0-9]{1,2})\2([0-9]{1,2})"
    r"(?:(?: +|T)([0-9]{1,2}):([0-9]{1,2})(?::([0-9]{1,2})(?:\.([0-9]*))?(?: ?Z| ?UTC|[+-][0-9]{2}(?::?[0-9]{2})?)?)?)?"
)


def iso_days(text):
    found = ISO.fullmatch(text)
    if not found:
        return math.nan
    year, month, day, hour, minute, second = (int(found[i] or 0) for i in (1, 3, 4, 5, 6, 7))
    micro = int((found[8] or "")[:6].ljust(6, "0"))
    return moment_of(year=year, month=month, day=day, hour=hour, minute=minute, second=second, micro=micro)


def formatted_days(text, format):
    found, at = {}, 0
    for part in re.finditer(r"%-?([a-zA-Z%])|.", format, re.S):
        letter = part[1]
        if letter is None or letter == "%":
            sign = letter or part[0]
            if sign in BLANKS:
                after = len(text) - len(text[at:].lstrip(BLANKS))
                if after == at:
                    return math.nan
                at = after
            elif text[at : at + 1] != sign:
                return math.nan
            else:
                at += 1
        elif letter in NUMBERS:
            name, most = NUMBERS[letter]
            digits = re.match(f"[0-9]{{1,{most}}}", text[at:])
            if not digits:
                return math.nan
            at += len(digits[0])
            found[name] = int(digits[0][:6].ljust(6, "0")) if letter == "f" else int(digits[0])
            if letter == "y":
                found["year"] += 2000 if found["year"] < 69 else 1900
        elif letter in NAMES:
            rest = text[at:].lower()
            which = next((i for i, name in enumerate(NAMES[letter]) if rest.startswith(name)), None)
            if which is None:
                return math.nan
            at += len(NAMES[letter][which])
            if letter in "bB":
                found["month"] = which + 1
            if letter == "p":
                found["afternoon"] = which
        else:
            return math.nan
    if at < len(text):
        return math.nan
    if "half" in found:
        if not 1 <= found["half"] <= 12:
            return math.nan
        found["hour"] = found["half"]
    if found.get("hour", 0) > 23 or not 1 <= found.get("ordinal", 1) <= 366:
        return math.nan
    if "afternoon" in found and "hour" in found:
        if found["hour"] > 12:
            return math.nan
        found["hour"] = found["hour"] % 12 + 12 * found["afternoon"]
    return moment_of(**found)


def days_of(text, formats=()):
    """A date as it is written, in days since 1970-01-01; NaN: it is none."""
    for format in ["%Y-%m-%d", *formats]:
        days = iso_days(text) if format == "%Y-%m-%d" else formatted_days(text, format)
        if not math.isnan(days):
            return days
    return math.nan


CLOCK = re.compile(r"([0-9]{1,2})(?:[:hH]([0-9]{2})(?::([0-9]{2}(?:\.[0-9]{1,9})?))?)?(?: ?([AaPp])\.?[Mm]\.?)?")


def share_of(text):
    """A time of day as it is written, as a share of the day; NaN: it is none."""
    found = CLOCK.fullmatch(text)
    if not found or not re.search(r"[:hH]|[AaPp]\.?[Mm]\.?$", text):
        return math.nan
    hour, minute, second, half = int(found[1]), int(found[2] or 0), float(found[3] or 0), found[4]
    if not (1 <= hour <= 12 if half else hour < 24) or minute > 59 or second >= 60:
        return math.nan
    hours = hour % 12 + 12 * (half in "pP") if half else hour
    return (hours * 3600 + minute * 60 + second) / 86400


PARSERS = {
    "numerals": number_of,
    "dates": lambda text, reading: days_of(text, reading["formats"]),
    "times": lambda text, reading: share_of(text),
}
PAIRS = [("true", "false"), ("yes", "no"), ("t", "f"), ("y", "n"), ("1", "0")]


def spelled(value, input):
    """A yes or no as the training's table spelled it."""
    for pair in PAIRS:
        for level in input.get("levels", []):
            if level.lower() == pair[0 if value else 1]:
                return level
    raise ValueError(f"“{input['name']}” is {value}: say it as a text, as the table had it.")


def as_number(text):
    try:
        return float(text) if re.fullmatch(r"[-+0-9.eE]+", text) else math.nan
    except ValueError:
        return math.nan


def cell_of(value, input):
    """A text, a number, or None where a cell says nothing."""
    if value is None:
        return None
    cell = spelled(value, input) if isinstance(value, bool) else value
    if not isinstance(cell, (str, int, float)):
        raise ValueError(f"“{input['name']}” is no text, number, true, false or null.")
    said = cell.strip(BLANKS) if isinstance(cell, str) else cell
    marks = input.get("marks", [])
    if said == "" or said != said or said in marks:
        return None
    number = as_number(said) if isinstance(said, str) else said
    return None if any(re.search("[0-9]", mark) and as_number(mark) == number for mark in marks) else said


def as_text(cell):
    """A number as JavaScript spells it."""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e21 else str(cell)


def number_in(cell, input):
    reading = input.get("reading", {})
    parser = reading.get("parser", "numerals")
    if cell is None:
        return math.nan
    if not isinstance(cell, str) and parser != "dates":
        return float(cell)
    value = PARSERS[parser](as_text(cell), reading)
    whole = parser == "dates" and input["dtype"] == "float32" and not math.isnan(value)
    return math.floor(value) if whole else value


def feeds_of(signature, rows):
    """Rows, as dictionaries by the names of the inputs, as the arrays that the model takes. A picture is an array of its bytes."""
    feeds = {}
    for input in signature["inputs"]:
        name, dtype, shape, reading = input["name"], input["dtype"], input["shape"][1:], input.get("reading", {})
        for i, row in enumerate(rows):
            if name not in row:
                raise ValueError(f"Row {i + 1} lacks “{name}”. Say None where it is not known.")
        if dtype == "uint8":
            feeds[name] = numpy.stack([numpy.asarray(row[name], "uint8").reshape(shape) for row in rows])
            continue
        cells = [cell_of(row[name], input) for row in rows]
        if dtype != "string":
            with numpy.errstate(over="ignore"):
                values = numpy.array([number_in(cell, input) for cell in cells], "float64").astype(dtype)
            feeds[name] = values.reshape(len(rows), *shape)
            continue
        texts = ["" if cell is None else as_text(cell) for cell in cells]
        words = list(map(reader_of(reading), texts)) if "tokenizer" in reading else texts
        feeds[name] = numpy.array(words, "object").reshape(len(rows), *shape)
    return feeds


def listed(labels, separator):
    """Labels as the training's column lists them: in brackets as JSON, or with the separator between them."""
    if separator == "[":
        return json.dumps(labels, ensure_ascii=False, separators=(",", ":"))
    return separator.join(labels)


def answers_of(signature, outputs):
    """What the model's outputs say of each row: `prediction`, and `probability_…` of each class. Outputs: in the signature's order."""
    taken = {input["name"] for input in signature["inputs"]}

    def free(name):
        each, n = name, 2
        while each in taken:
            each, n = f"{name}_{n}", n + 1
        return each

    answers = [{} for _ in range(len(outputs[0]))]
    for output, values in zip(signature["outputs"], outputs):
        columns, answer = output.get("columns", []), output.get("answer")
        for said, row in zip(answers, values.reshape(len(answers), -1).tolist()):
            if answer == "probabilities":
                said.update((free(f"probability_{column}"), p) for column, p in zip(columns, row))
            elif "separator" in output:
                said[free("prediction")] = listed([one for one in row if one != ""], output["separator"])
            elif len(row) == 1 and not (answer == "label" and len(output["shape"]) > 1):
                said[free("prediction")] = row[0]
            else:
                said.update((free(f"prediction_{column}"), value) for column, value in zip(columns, row))
    return answers


def load(folder="."):
    """A function from rows to answers, of the files in this folder. It needs onnxruntime."""
    import onnxruntime

    with open(f"{folder}/signature.json", encoding="utf-8") as file:
        signature = json.load(file)
    session = onnxruntime.InferenceSession(f"{folder}/model.onnx")
    wanted = [output["name"] for output in signature["outputs"]]
    return lambda rows: answers_of(signature, session.run(wanted, feeds_of(signature, rows)))
