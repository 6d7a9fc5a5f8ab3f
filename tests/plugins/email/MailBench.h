#pragma once

#include "EmailSettings.h"
#include "net/Network.h"
#include "support/RecordingContext.h"
#include "support/ScriptedSmtpServer.h"
#include "support/TemporaryFolder.h"

#include <notifyhost/Transport.h>

#include <string>
#include <utility>
#include <vector>

namespace notifyhost::test {

/// A certificate authority, and servers' certificates for 127.0.0.1 made once for all tests.
struct MailCertificates {
    TemporaryFolder folder;
    CertificateAuthority authority{folder / "ca", "Test Authority"};
    CertificateAuthority::Files server{authority.issue("localhost", "DNS:localhost,IP:127.0.0.1")};
    CertificateAuthority::Files expired{authority.issue("localhost", "DNS:localhost,IP:127.0.0.1",
                                                        CertificateAuthority::Validity::expired)};
    CertificateAuthority::Files elsewhere{
        authority.issue("mail.example.net", "DNS:mail.example.net")};

    static MailCertificates& get()
    {
        static MailCertificates certificates;
        return certificates;
    }
};

/// Settings for a server on 127.0.0.1 in plain text, from sender@example.org.
inline email::EmailSettings plainSettings(int port)
{
    email::EmailSettings settings;
    settings.host = "127.0.0.1";
    settings.port = port;
    settings.tls = email::TlsUse::off;
    settings.from = {"Sequencing", "sender@example.org"};
    settings.envelopeFrom = "sender@example.org";
    settings.helo = "client.example.org";
    return settings;
}

/// The same under TLS, with our authority trusted and a login.
inline email::EmailSettings coveredSettings(int port)
{
    email::EmailSettings settings = plainSettings(port);
    settings.tls = email::TlsUse::starttls;
    settings.caFile = MailCertificates::get().authority.certificate();
    settings.user = "postman";
    settings.password = "rings twice";
    return settings;
}

/// A server for coveredSettings().
inline SmtpServerOptions coveredServer()
{
    SmtpServerOptions options;
    options.tls = SmtpServerOptions::Tls::starttls;
    options.certificate = MailCertificates::get().server;
    options.user = "postman";
    options.password = "rings twice";
    return options;
}

inline Envelope envelopeTo(std::vector<std::string> recipients)
{
    return {std::string(64, 'a'), std::move(recipients)};
}

inline const Bytes kSmallMessage =
    "From: <sender@example.org>\r\nSubject: news\r\n\r\nFirst line.\r\n.\r\n..two dots\r\n";

} // namespace notifyhost::test
