"""An SMTP server made of Debian's aiosmtpd, for tests.

Arguments: port, folder, mode (plain, starttls or implicit), certificate, key, user, password; the
last four may be empty. Each message taken becomes two files in the folder: N.eml with its octets
and N.envelope with one line per fact: the sender, each recipient, each parameter of MAIL. Addresses
that begin with "unknown" are refused, those with "later" deferred.
"""

import asyncio
import logging
import pathlib
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult


class Keeper:
    def __init__(self, folder):
        self._folder = folder
        self._count = 0

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("unknown"):
            return "550 5.1.1 no such user here"
        if address.startswith("later"):
            return "450 4.2.0 greylisted, come back later"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 recipient ok"

    async def handle_DATA(self, server, session, envelope):
        self._count += 1
        lines = ["from " + envelope.mail_from]
        lines += ["to " + address for address in envelope.rcpt_tos]
        lines += ["option " + option for option in envelope.mail_options]
        lines += ["user"] if session.authenticated else []
        facts = self._folder / f"{self._count}.envelope"
        facts.write_text("\n".join(lines) + "\n", encoding="utf-8")
        (self._folder / f"{self._count}.eml").write_bytes(envelope.original_content)
        return f"250 2.0.0 kept as {self._count}"


def main():
    logging.basicConfig(level=logging.WARNING)
    port, folder, mode, certificate, key, user, password = sys.argv[1:]
    context = None
    if mode != "plain":
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate, key)

    def authenticate(server, session, envelope, mechanism, data):
        good = data.login == user.encode() and data.password == password.encode()
        return AuthResult(success=good, handled=False)

    keeper = Keeper(pathlib.Path(folder))

    def make():
        return SMTP(
            keeper,
            enable_SMTPUTF8=True,
            hostname="aiosmtpd.example.org",
            tls_context=context if mode == "starttls" else None,
            require_starttls=mode == "starttls",
            authenticator=authenticate if user else None,
            auth_required=bool(user),
            auth_require_tls=mode == "starttls",
        )

    async def serve():
        loop = asyncio.get_running_loop()
        implicit = context if mode == "implicit" else None
        server = await loop.create_server(make, "127.0.0.1", int(port), ssl=implicit)
        await server.serve_forever()

    asyncio.run(serve())


main()
