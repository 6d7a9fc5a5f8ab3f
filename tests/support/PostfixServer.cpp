#include "support/PostfixServer.h"

#include <csignal>
#include <cstring>
#include <stdexcept>
#include <thread>

#include <pwd.h>
#include <unistd.h>

namespace notifyhost::test {

namespace {

constexpr int kPortsToTry = 3;
constexpr std::chrono::seconds kStartLimit{30};

/// The services that taking and delivering a message needs, none of them in a chroot.
constexpr std::string_view kServices = R"(
pickup    unix      n - n 60    1 pickup
cleanup   unix      n - n -     0 cleanup
qmgr      unix      n - n 300   1 qmgr
tlsmgr    unix      - - n 1000? 1 tlsmgr
rewrite   unix      - - n -     - trivial-rewrite
bounce    unix      - - n -     0 bounce
defer     unix      - - n -     0 bounce
trace     unix      - - n -     0 bounce
proxymap  unix      - - n -     - proxymap
error     unix      - - n -     - error
retry     unix      - - n -     - error
virtual   unix      - n n -     - virtual
anvil     unix      - - n -     1 anvil
postlog   unix-dgram n - n -    1 postlogd
)";

void giveTo(const std::filesystem::path& folder, const char* user)
{
    const passwd* entry = ::getpwnam(user);
    if (entry == nullptr || ::chown(folder.c_str(), entry->pw_uid, entry->pw_gid) != 0) {
        throw std::runtime_error("cannot give " + folder.string() + " to " + user);
    }
}

} // namespace

PostfixServer::PostfixServer(const CertificateAuthority::Files& certificate)
{
    prepareFolders();
    for (int attempt = 1;; ++attempt) {
        _port = freePort();
        _implicitPort = freePort();
        writeConfiguration(certificate);
        try {
            start();
            return;
        } catch (const std::runtime_error& error) {
            if (attempt == kPortsToTry) {
                throw std::runtime_error(error.what() + std::string("; postfix says: ") +
                                         readFile(_folder / "log") + readFile(_folder / "out"));
            }
        }
    }
}

void PostfixServer::start()
{
    const std::vector<std::string> command{"/usr/lib/postfix/sbin/master", "-c", _folder / "etc"};
    _process = std::make_unique<BackgroundProcess>(command, _folder / "out");
    waitForPort(_port, kStartLimit);
    waitForPort(_implicitPort, kStartLimit);
    if (!_process->running()) {
        throw std::runtime_error("somebody else listens there");
    }
}

PostfixServer::~PostfixServer()
{
    _process->signal(SIGTERM);
    try {
        _process->wait(std::chrono::seconds{10});
    } catch (const std::runtime_error&) {
        // Its destructor kills it.
    }
}

void PostfixServer::prepareFolders()
{
    using std::filesystem::perms;
    // Postfix's programs run as other users.
    std::filesystem::permissions(_folder.path(), static_cast<perms>(0755));
    for (const char* name : {"etc", "queue", "queue/pid", "data", "mail"}) {
        std::filesystem::create_directory(_folder / name);
    }
    giveTo(_folder / "data", "postfix");
    giveTo(_folder / "mail", "nobody");
    // As postfix's own `post-install create-missing` would, which takes seconds.
    for (const char* name : {"active", "bounce", "corrupt", "defer", "deferred", "flush", "hold",
                             "incoming", "maildrop", "private", "public", "saved", "trace"})
    {
        const std::filesystem::path folder = _folder / (std::string("queue/") + name);
        std::filesystem::create_directory(folder);
        std::filesystem::permissions(folder, perms::owner_all);
        giveTo(folder, "postfix");
    }
    _folder.write("log", "");
}

void PostfixServer::writeConfiguration(const CertificateAuthority::Files& certificate)
{
    const std::string base = _folder.path();
    const passwd* nobody = ::getpwnam("nobody");
    _folder.write(
        "etc/main.cf",
        "compatibility_level = 3.6\n"
        "queue_directory = " +
            base +
            "/queue\n"
            "data_directory = " +
            base +
            "/data\n"
            "command_directory = /usr/sbin\n"
            "daemon_directory = /usr/lib/postfix/sbin\n"
            "meta_directory = /etc/postfix\n"
            "maillog_file = " +
            base +
            "/log\n"
            "maillog_file_prefixes = " +
            base +
            "\n"
            "myhostname = postfix.example.org\n"
            "inet_interfaces = 127.0.0.1\n"
            "inet_protocols = ipv4\n"
            "mydestination =\n"
            "alias_maps =\n"
            "local_recipient_maps =\n"
            "virtual_mailbox_domains = example.org\n"
            "virtual_mailbox_base = " +
            base +
            "/mail\n"
            "virtual_mailbox_maps = inline:{ anna@example.org=anna/ bert@example.org=bert/ "
            "j\xC3\xB6rg@example.org=joerg/ }\n"
            "virtual_uid_maps = static:" +
            std::to_string(nobody->pw_uid) +
            "\n"
            "virtual_gid_maps = static:" +
            std::to_string(nobody->pw_gid) +
            "\n"
            "smtputf8_enable = yes\n"
            "message_size_limit = " +
            std::to_string(kMessageLimit) +
            "\n"
            "smtpd_tls_security_level = may\n"
            "smtpd_tls_cert_file = " +
            certificate.certificate.string() +
            "\n"
            "smtpd_tls_key_file = " +
            certificate.key.string() +
            "\n"
            "smtpd_peername_lookup = no\n");
    _folder.write("etc/master.cf", "127.0.0.1:" + std::to_string(_port) +
                                       " inet n - n - - smtpd\n" +
                                       "127.0.0.1:" + std::to_string(_implicitPort) +
                                       " inet n - n - - smtpd -o smtpd_tls_wrappermode=yes\n" +
                                       std::string(kServices.substr(1)));
}

std::vector<std::filesystem::path> PostfixServer::mails(const std::string& name, std::size_t count,
                                                        std::chrono::seconds limit) const
{
    const std::filesystem::path folder = _folder / ("mail/" + name + "/new");
    const auto deadline = std::chrono::steady_clock::now() + limit;
    for (;;) {
        std::vector<std::filesystem::path> result;
        if (std::filesystem::exists(folder)) {
            for (const auto& entry : std::filesystem::directory_iterator(folder)) {
                result.push_back(entry.path());
            }
        }
        if (result.size() >= count) {
            return result;
        }
        if (std::chrono::steady_clock::now() > deadline) {
            throw std::runtime_error(std::to_string(result.size()) + " mails in the mailbox " +
                                     name + "; postfix says: " + readFile(_folder / "log"));
        }
        std::this_thread::sleep_for(std::chrono::milliseconds{20});
    }
}

} // namespace notifyhost::test
