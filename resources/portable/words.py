"""Texts as words, as signature.json says they are cut. words.js does the same; what Python alone cannot do as JavaScript does —
Unicode's word bounds, grapheme clusters and JavaScript's regular expressions — is refused by name. It needs nothing beside Python.
"""

import heapq
import re
import unicodedata

# White space as JavaScript has it.
BLANKS = "\t\n\x0b\x0c\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
# White space as Unicode has it.
WHITE = set("\t\n\x0b\x0c\r \x85\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000")


class Unknown(ValueError):
    """What is not known here, in words."""


def fields(text):
    return [one for one in re.split(f"[{BLANKS}]+", text) if one]


def basic_english(text):
    spaced = re.sub(r"<br />|[;:]", " ", text.lower().replace('"', "")).replace("'", " '  ")
    return fields(re.sub(r"([.,()!?])", r" \1 ", spaced))


# ---- parts of words ----


def utf8(text):
    # Half of a pair is no character.
    return re.sub("[\ud800-\udfff]", "\ufffd", text).encode()


VISIBLE = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
HIDDEN = [byte for byte in range(256) if byte not in VISIBLE]
# Source: bytes_to_unicode of GPT-2's encoder.py.
BYTE_CHARACTERS = {byte: chr(byte) for byte in VISIBLE} | {byte: chr(256 + i) for i, byte in enumerate(HIDDEN)}

# The expression of GPT-2's encoder.py, of a text in which every letter that is not of ASCII is an x, and so on.
GPT2 = re.compile("'s|'t|'re|'ve|'m|'ll|'d| ?[A-Za-z]+| ?0+| ?[.']+|[ \t]+(?![^ \t])|[ \t]+")


def class_of(char):
    if char in WHITE:
        return " " if char == " " else "\t"
    if char == "'" or (char.isascii() and char.isalpha()):
        return char
    return {"L": "x", "N": "0"}.get(unicodedata.category(char)[0], ".")


def byte_level(text):
    classes = "".join(map(class_of, text))
    pieces = [text[found.start() : found.end()] for found in GPT2.finditer(classes)]
    return ["".join(BYTE_CHARACTERS[byte] for byte in utf8(piece)) for piece in pieces]


def is_punctuation(char):
    return char in "$+<=>^`|~" or unicodedata.category(char).startswith("P")


def bert(text):
    pieces, word = [], ""
    for char in text + " ":
        if char in WHITE or is_punctuation(char):
            pieces += [word] if word else []
            pieces += [] if char in WHITE else [char]
            word = ""
        else:
            word += char
    return pieces


def joined(symbols, merges):
    """The best merge first, of equals the leftmost, until there is none."""
    count = len(symbols)
    following, before = list(range(1, count + 1)), list(range(-1, count - 1))
    heap = []

    def offer(at):
        other = following[at] if at >= 0 else count
        if other < count and (symbols[at], symbols[other]) in merges:
            rank, whole = merges[symbols[at], symbols[other]]
            heapq.heappush(heap, (rank, at, symbols[at], symbols[other], whole))

    for at in range(count):
        offer(at)
    while heap:
        _, at, left, right, whole = heapq.heappop(heap)
        other = following[at]
        if symbols[at] != left or other >= count or symbols[other] != right:
            continue
        symbols[at], symbols[other] = whole, None
        following[at] = following[other]
        if following[at] < count:
            before[following[at]] = at
        offer(before[at])
        offer(at)
    return [one for one in symbols if one is not None]


def byte_pair(model):
    known = set(model["vocab"])
    merges = {(a, b): (rank, a + b) for rank, (a, b) in enumerate(model["merges"])}
    return lambda piece: joined([char for char in piece if char in known], merges)


def word_piece(model):
    known, prefix, longest = set(model["vocab"]), model["continuing_subword_prefix"], model["max_input_chars_per_word"]

    def tokens(piece):
        found, at = [], 0
        if len(piece) > longest:
            return [model["unk_token"]]
        while at < len(piece):
            end = len(piece)
            while end > at and (prefix if at else "") + piece[at:end] not in known:
                end -= 1
            if end == at:
                return [model["unk_token"]]
            found.append((prefix if at else "") + piece[at:end])
            at = end
        return found

    return tokens


# As Descent learns them, and no other way.
BYTE_PAIR = {
    "type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None, "end_of_word_suffix": None,
    "fuse_unk": False, "byte_fallback": False, "ignore_merges": False,
}  # fmt: skip
BYTES = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}


def parts_of(reading):
    parts = reading.get("parts") or {}
    model = parts.get("model") or {}
    rest = {name: value for name, value in model.items() if name not in {"vocab", "merges"}}
    added = parts.get("added_tokens") or []
    plain = all(one["content"] in model.get("vocab", {}) and not one["normalized"] for one in added)
    plain = plain and not any(one[name] for one in added for name in ("single_word", "lstrip", "rstrip"))
    if parts.get("normalizer") is not None or parts.get("truncation") is not None or not plain:
        raise Unknown("this tokenizer.json")
    if rest == BYTE_PAIR and parts.get("pre_tokenizer") == BYTES:
        pieces, tokens = byte_level, byte_pair(model)
    elif rest.get("type") == "WordPiece" and parts.get("pre_tokenizer") == {"type": "BertPreTokenizer"}:
        pieces, tokens = bert, word_piece(model)
    else:
        raise Unknown("this tokenizer.json")
    remembered = {}

    def of(piece):
        if piece not in remembered:
            if len(remembered) >= 10_000:
                remembered.clear()
            remembered[piece] = tokens(piece)
        return remembered[piece]

    return around([one["content"] for one in added], lambda text: [token for piece in pieces(text) for token in of(piece)])


def split_at(found, text):
    longest_first = sorted(found, key=len, reverse=True)
    return re.split(f"({'|'.join(map(re.escape, longest_first))})", text)


def around(found, cut):
    """What is found whole, and what `cut` makes of the rest."""
    if not found:
        return cut
    return lambda text: [
        token
        for i, part in enumerate(split_at(found, text))
        for token in ([part] if i % 2 else cut(part) if part else [])
    ]


# ---- what a column says ----

TOKENIZERS = {
    "whitespace": lambda reading: fields,
    "basicEnglish": lambda reading: basic_english,
    "bytePair": parts_of,
    "wordPiece": parts_of,
}
SETTINGS = {"tokenizer", "length", "padding", "form", "lowerCase", "stripAccents", "specials", "parts"}


def cutter_of(reading):
    for name in reading:
        if name not in SETTINGS and reading["tokenizer"] in TOKENIZERS:
            raise Unknown(f"the setting {name}")
    if reading["tokenizer"] not in TOKENIZERS:
        raise Unknown(f"a tokenizer called {reading['tokenizer']}")
    form, specials = reading.get("form", "none"), reading.get("specials", [])
    if form not in {"none", "NFC", "NFD", "NFKC", "NFKD"}:
        raise Unknown(f"a Unicode form called {form}")
    cut = TOKENIZERS[reading["tokenizer"]](reading)

    def normalized(text):
        cased = text.lower() if reading.get("lowerCase") else text
        if not reading.get("stripAccents"):
            return cased if form == "none" else unicodedata.normalize(form, cased)
        bare = "".join(c for c in unicodedata.normalize("NFD", cased) if unicodedata.category(c) != "Mn")
        return unicodedata.normalize("NFC" if form == "none" else form, bare)

    if not specials:
        return lambda text: cut(normalized(text))

    def tokens(text):
        parts, found = split_at(specials, text), []
        for i, part in enumerate(parts):
            # The space before a special is no token.
            between = part.rstrip(BLANKS) if i < len(parts) - 1 else part
            found += [part] if i % 2 else cut(normalized(between)) if between else []
        return found

    return tokens


def unreadable(reading):
    """What of a text's reading is not known here, in words; None: all is."""
    try:
        cutter_of(reading)
    except Unknown as error:
        return str(error)
    return None


def reader_of(reading):
    """A function from texts to so many words. It refuses what is not known here."""
    try:
        cut = cutter_of(reading)
    except Unknown as error:
        raise ValueError(f"This reader does not know {error}; words.js may.") from None

    def words(text):
        found = cut(text)[: reading["length"]]
        return found + [reading["padding"]] * (reading["length"] - len(found))

    return words


def words_of(text, reading):
    """A text as so many words."""
    return reader_of(reading)(text)
