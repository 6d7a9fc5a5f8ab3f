"""Reads mails with Python's email package and tells what it understood.

Arguments: files, or folders of files. For each mail, on standard output, lines of three words: the
file's name, the field, and the field's value as UTF-8 in hexadecimal digits. A field that occurs
several times has several lines; "defect" is what the parser found wrong.
"""

import email
import email.header
import email.policy
import email.utils
import pathlib
import sys


def parse(octets):
    if octets.isascii():
        return email.message_from_bytes(octets, policy=email.policy.default)
    return email.message_from_string(octets.decode("utf-8"), policy=email.policy.SMTPUTF8)


def display_names(value):
    """The names in an address field, with the older of Python's two decoders: the newer one puts a
    blank between adjacent encoded words, which RFC 2047 section 6.2 forbids.
    """
    for name, _ in email.utils.getaddresses([value]):
        yield str(email.header.make_header(email.header.decode_header(name)))


def part_text(part):
    text = part.get_payload(decode=True).decode(part.get_content_charset())
    return text.replace("\r\n", "\n")


def understood(message):
    for name, value in message.items():
        yield "header", name
        for defect in value.defects:
            yield "defect", f"{name}: {defect!r}"
    for name in ("date", "message-id", "subject", "auto-submitted", "mime-version"):
        yield name, str(message[name])
    raw = dict((name.lower(), "".join(value.splitlines())) for name, value in message.raw_items())
    for name in ("from", "reply-to", "to"):
        for address in message[name].addresses if message[name] else ():
            yield name, address.addr_spec
        for display_name in display_names(raw[name]) if name in raw else ():
            yield name + "-name", display_name
    yield "content-type", message.get_content_type()
    for part in message.walk():
        for defect in part.defects:
            yield "defect", f"{part.get_content_type()}: {defect!r}"
        if part.is_multipart():
            continue
        yield part.get_content_type(), part_text(part)
        yield "charset", part.get_content_charset()
        yield "encoding", part["content-transfer-encoding"]


def main():
    for argument in map(pathlib.Path, sys.argv[1:]):
        for file in sorted(argument.iterdir()) if argument.is_dir() else [argument]:
            for field, value in understood(parse(file.read_bytes())):
                print(file.name, field, value.encode("utf-8").hex())


main()
