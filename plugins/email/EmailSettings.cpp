#include "EmailSettings.h"

#include "SmtpAddress.h"
#include "SmtpText.h"

#include <notifyhost/TrustedFile.h>

#include <algorithm>
#include <stdexcept>

namespace notifyhost::email {

namespace {

/// Setting with an old place of the same name in [MAIL].
Setting known(std::string name, Kind kind, std::string fallback, std::string help)
{
    Setting setting{name, kind, std::move(fallback), std::move(help)};
    setting.aliases = {"[MAIL] " + name};
    return setting;
}

Setting time(std::string name, std::string fallback, std::string help)
{
    auto setting = known(std::move(name), Kind::seconds, std::move(fallback), std::move(help));
    setting.minimum = 1;
    setting.maximum = 3600;
    return setting;
}

bool isControl(char letter)
{
    return static_cast<unsigned char>(letter) < 0x20 || letter == 0x7F;
}

/// Letters, digits and the given marks, and not empty.
bool consistsOf(std::string_view text, std::string_view marks)
{
    return !text.empty() && std::all_of(text.begin(), text.end(), [&](char letter) {
        return (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'z') ||
               (letter >= 'A' && letter <= 'Z') || marks.find(letter) != std::string_view::npos;
    });
}

TlsUse tlsUse(const std::string& text)
{
    return text == "implicit"        ? TlsUse::implicit
           : text == "opportunistic" ? TlsUse::opportunistic
           : text == "off"           ? TlsUse::off
                                     : TlsUse::starttls;
}

int defaultPort(TlsUse tls, bool user)
{
    return tls == TlsUse::implicit ? 465 : tls == TlsUse::starttls && user ? 587 : 25;
}

std::string hostName(const Settings& settings, std::vector<Problem>& problems)
{
    std::string host = settings.text("host");
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
        host = host.substr(1, host.size() - 2);
    }
    if (settings.has("host") && !consistsOf(host, ".-_:")) {
        problems.push_back({"host", "\"" + oneLine(host, 100) +
                                        "\" is no host name and no address; write a name such as "
                                        "mail.example.org, without a port"});
    }
    return host;
}

Mailbox mailbox(const Settings& settings, const std::string& name, std::vector<Problem>& problems)
{
    if (!settings.has(name)) {
        return {};
    }
    try {
        Mailbox result = parseMailbox(settings.text(name));
        if (const std::string problem = addressProblem(result.address); !problem.empty()) {
            problems.push_back({name, problem});
        }
        result.address = asciiAddress(result.address);
        return result;
    } catch (const std::invalid_argument& error) {
        problems.push_back({name, error.what()});
        return {};
    }
}

/// As written, but for a domain outside ASCII.
std::string replyTo(const Settings& settings, std::vector<Problem>& problems)
{
    std::string text = settings.text("reply_to");
    const Mailbox ascii = mailbox(settings, "reply_to", problems);
    if (hasEightBit(text) && !ascii.address.empty()) {
        const std::string address = parseMailbox(text).address;
        text.replace(text.rfind(address), address.size(), ascii.address);
    }
    return text;
}

void readLogin(const Settings& settings, EmailSettings& result, std::vector<Problem>& problems)
{
    result.user = settings.text("user");
    result.password = settings.text("password");
    const std::string auth = settings.text("auth");
    result.auth = auth == "plain"   ? AuthUse::plain
                  : auth == "login" ? AuthUse::login
                                    : AuthUse::automatic;
    if (result.user.empty() && !result.password.empty()) {
        problems.push_back({"user", "is missing, though password is there; write both or neither"});
    }
    if (!result.user.empty() && result.password.empty()) {
        problems.push_back({"password", "is missing, though user is there; write both or neither"});
    }
    if (std::any_of(result.user.begin(), result.user.end(), isControl)) {
        problems.push_back({"user", "holds a control character"});
    }
    if (std::any_of(result.password.begin(), result.password.end(), isControl)) {
        problems.push_back({"password", "holds a control character; a line end in its file?"});
    }
}

void checkCaFile(const std::filesystem::path& file, std::vector<Problem>& problems)
{
    if (file.empty()) {
        return;
    }
    constexpr std::size_t kLargest = std::size_t{16} << 20;
    try {
        const auto content = TrustedFile::open(file, FileUse::authorities).read(kLargest);
        if (content.find("-----BEGIN ") == std::string::npos) {
            problems.push_back({"ca_file", file.string() + " holds no certificate in PEM form"});
        }
    } catch (const FileRefusal& refusal) {
        problems.push_back({"ca_file", file.string() + " " + refusal.what()});
    }
}

StageLimits limits(const Settings& settings)
{
    StageLimits result;
    result.connect = settings.seconds("connect_timeout_seconds");
    result.greeting = settings.seconds("greeting_timeout_seconds");
    result.helo = settings.seconds("helo_timeout_seconds");
    result.tls = result.helo;
    result.auth = result.helo;
    result.mail = settings.seconds("mail_timeout_seconds");
    result.rcpt = settings.seconds("rcpt_timeout_seconds");
    result.data = settings.seconds("data_timeout_seconds");
    result.dataBlock = settings.seconds("data_block_timeout_seconds");
    result.final = settings.seconds("final_timeout_seconds");
    return result;
}

} // namespace

std::vector<Setting> emailSettingsTable()
{
    auto host = known("host", Kind::text, "", "mail server: a name or an address");
    host.need = Need::required;
    auto port =
        known("port", Kind::integer, "",
              "TCP port; default 465 for tls = implicit, 587 for starttls with a user, else 25");
    port.minimum = 1;
    port.maximum = 65535;
    auto tls = known("tls", Kind::choice, "starttls",
                     "implicit; starttls: that or nothing is sent; opportunistic: plain where it "
                     "must be, but no password; off: plain, the password too");
    tls.choices = {"implicit", "starttls", "opportunistic", "off"};
    auto unverified = known("tls_unverified", Kind::flag, "no",
                            "yes: with tls = opportunistic the password goes to a server whose "
                            "certificate cannot be verified");
    auto password = known("password", Kind::text, "", "password of user");
    password.secrecy = Secrecy::secret;
    auto auth = known("auth", Kind::choice, "auto",
                      "how to log in; auto: PLAIN, then LOGIN, as the server offers and takes");
    auth.choices = {"auto", "plain", "login"};
    auto from = known("from", Kind::mailbox, "", "sender shown: Name <local@domain>");
    from.need = Need::required;
    auto messages = known("max_messages_per_connection", Kind::integer, "100",
                          "messages before the connection is made anew; 0: no limit");
    messages.minimum = 0;
    return {
        host,
        port,
        tls,
        unverified,
        known("user", Kind::text, "", "name to log in with; empty: no login"),
        password,
        auth,
        from,
        known("reply_to", Kind::mailbox, "", "where answers go; default: to from"),
        known("envelope_from", Kind::text, "",
              "where bounces go; <>: nowhere; default: the address of from"),
        known("helo", Kind::text, "",
              "name said in EHLO; default: this host's full name, else its address"),
        known("ca_file", Kind::path, "", "certificates in PEM form to trust beside the system's"),
        time("connect_timeout_seconds", "30", "limit for resolving and connecting"),
        time("greeting_timeout_seconds", "300", "limit for the server's greeting"),
        time("helo_timeout_seconds", "300", "limit each for EHLO, STARTTLS, TLS handshake, AUTH"),
        time("mail_timeout_seconds", "300", "limit for the answer to MAIL"),
        time("rcpt_timeout_seconds", "300", "limit for the answer to each RCPT"),
        time("data_timeout_seconds", "120", "limit for the answer to DATA"),
        time("data_block_timeout_seconds", "180", "limit for each piece of the message"),
        time("final_timeout_seconds", "600",
             "limit for the answer after the message; too short a limit makes duplicates"),
        messages,
    };
}

EmailSettings readEmailSettings(const Settings& settings, std::vector<Problem>& problems)
{
    EmailSettings result;
    result.host = hostName(settings, problems);
    result.tls = tlsUse(settings.text("tls"));
    result.tlsUnverified = settings.flag("tls_unverified");
    if (result.tlsUnverified && result.tls != TlsUse::opportunistic) {
        problems.push_back({"tls_unverified", "means something only with tls = opportunistic; "
                                              "remove it, or write tls = opportunistic"});
    }
    readLogin(settings, result, problems);
    result.port = settings.has("port") ? static_cast<int>(settings.integer("port"))
                                       : defaultPort(result.tls, !result.user.empty());
    result.from = mailbox(settings, "from", problems);
    result.replyTo = replyTo(settings, problems);
    result.envelopeFrom = settings.text("envelope_from") == "<>" ? ""
                          : settings.text("envelope_from").empty()
                              ? result.from.address
                              : mailbox(settings, "envelope_from", problems).address;
    result.helo = settings.text("helo");
    if (!result.helo.empty() && !consistsOf(result.helo, ".-[]:")) {
        problems.push_back(
            {"helo", "\"" + oneLine(result.helo, 100) + "\" is no host name and no [address]"});
    }
    result.caFile = settings.text("ca_file");
    checkCaFile(result.caFile, problems);
    result.limits = limits(settings);
    result.maxMessagesPerConnection =
        static_cast<int>(settings.integer("max_messages_per_connection"));
    return result;
}

} // namespace notifyhost::email
