"""Prints a mail's headers and text part as a mail program would show them."""

import email
import email.policy
import sys

with open(sys.argv[1], "rb") as file:
    message = email.message_from_binary_file(file, policy=email.policy.default)
for name in ("From", "To", "Date", "Subject"):
    print(f"{name}: {message[name]}")
print()
print(message.get_body(("plain",)).get_content(), end="")
