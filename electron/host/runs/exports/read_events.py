"""
Reads TensorBoard's event files as their specification has them, with nothing but Python's own modules, and prints what
they hold as JSON: python3 read_events.py FILE. The test of the writer holds it against this.

Records: https://www.tensorflow.org/tutorials/load_data/tfrecord#tfrecords_format_details
Event: https://github.com/tensorflow/tensorboard/blob/master/tensorboard/compat/proto/event.proto
"""

import json
import struct
import sys


def crc32c(data):
    value = 0xFFFFFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = (value >> 1) ^ (0x82F63B78 if value & 1 else 0)
    return value ^ 0xFFFFFFFF


def masked(data):
    value = crc32c(data)
    return (((value >> 15) | (value << 17)) + 0xA282EAD8) & 0xFFFFFFFF


def records(data):
    at = 0
    while at < len(data):
        (length,) = struct.unpack_from("<Q", data, at)
        (of_length,) = struct.unpack_from("<I", data, at + 8)
        assert of_length == masked(data[at : at + 8]), f"the length at {at} has another sum"
        content = data[at + 12 : at + 12 + length]
        assert len(content) == length, f"the record at {at} is cut off"
        (of_content,) = struct.unpack_from("<I", data, at + 12 + length)
        assert of_content == masked(content), f"the record at {at} has another sum"
        yield content
        at += 16 + length


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at += 1
        shift += 7
        if byte < 0x80:
            return value, at


def fields(data):
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        number, kind = key >> 3, key & 7
        if kind == 0:
            value, at = varint(data, at)
            value = value - (1 << 64) if value >> 63 else value
        elif kind == 1:
            (value,) = struct.unpack_from("<d", data, at)
            at += 8
        elif kind == 5:
            (value,) = struct.unpack_from("<f", data, at)
            at += 4
        else:
            assert kind == 2, f"wire type {kind}"
            length, at = varint(data, at)
            value = data[at : at + length]
            assert len(value) == length
            at += length
        yield number, value


def of(data, number):
    return [value for each, value in fields(data) if each == number]


def value_of(data):
    result = {"tag": of(data, 1)[0].decode()}
    if of(data, 2):
        result["value"] = of(data, 2)[0]
    if of(data, 8):
        tensor = of(data, 8)[0]
        result["dtype"] = of(tensor, 1)[0]
        result["text"] = [text.decode() for text in of(tensor, 8)]
        result["plugin"] = of(of(of(data, 9)[0], 1)[0], 1)[0].decode()
    return result


def event_of(data):
    result = {"time": of(data, 1)[0], "step": (of(data, 2) or [0])[0]}
    if of(data, 3):
        result["version"] = of(data, 3)[0].decode()
    result["values"] = [value_of(value) for summary in of(data, 5) for value in of(summary, 1)]
    return result


with open(sys.argv[1], "rb") as file:
    print(json.dumps([event_of(record) for record in records(file.read())]))
