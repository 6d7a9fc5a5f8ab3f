#pragma once

#include <notifyhost/Mime.h>
#include <notifyhost/Setting.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace notifyhost::email {

enum class TlsUse {
    implicit,      ///< TLS from the first octet
    starttls,      ///< STARTTLS, or nothing is sent
    opportunistic, ///< TLS where it can be had, unverified where it must; else plain. The password
                   ///< goes under verified TLS only, unless tlsUnverified
    off            ///< plain, the password too
};

/// How to log in.
enum class AuthUse {
    automatic, ///< PLAIN, then LOGIN, whichever the server offers and takes
    plain,
    login
};

/// How long the server may take for each step. Source: RFC 5321 section 4.5.3.2, which says nothing
/// of connecting and of EHLO.
struct StageLimits {
    std::chrono::milliseconds connect{std::chrono::seconds{30}}; ///< resolving included
    std::chrono::milliseconds greeting{std::chrono::seconds{300}};
    std::chrono::milliseconds helo{std::chrono::seconds{300}};
    std::chrono::milliseconds tls{std::chrono::seconds{300}};  ///< STARTTLS, then the handshake
    std::chrono::milliseconds auth{std::chrono::seconds{300}}; ///< each of its commands
    std::chrono::milliseconds mail{std::chrono::seconds{300}};
    std::chrono::milliseconds rcpt{std::chrono::seconds{300}};
    std::chrono::milliseconds data{std::chrono::seconds{120}};
    std::chrono::milliseconds dataBlock{std::chrono::seconds{180}}; ///< for each piece sent
    std::chrono::milliseconds final{std::chrono::seconds{600}};     ///< after the final dot
    std::chrono::milliseconds reset{std::chrono::seconds{10}};
    std::chrono::milliseconds quit{std::chrono::seconds{1}};
};

/// The values of the settings table.
struct EmailSettings {
    std::string host; ///< a name or numeric address; an IPv6 address without brackets
    int port{};
    TlsUse tls{TlsUse::starttls};
    bool tlsUnverified{}; ///< opportunistic: log in though the certificate is not verified
    std::string user;     ///< empty: no login
    std::string password;
    AuthUse auth{AuthUse::automatic};
    Mailbox from;
    std::string replyTo;      ///< as written; empty: none
    std::string envelopeFrom; ///< empty: the null reverse-path
    std::string helo;         ///< empty: found out when connected
    std::filesystem::path caFile;
    StageLimits limits;
    int maxMessagesPerConnection{100}; ///< 0: no limit
};

std::vector<Setting> emailSettingsTable();

/// Reads the values and appends what is wrong with them to problems.
EmailSettings readEmailSettings(const Settings& settings, std::vector<Problem>& problems);

} // namespace notifyhost::email
