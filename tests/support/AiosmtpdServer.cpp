#include "support/AiosmtpdServer.h"

#include <stdexcept>

namespace notifyhost::test {

namespace {

constexpr int kPortsToTry = 3;
constexpr std::chrono::seconds kStartLimit{30};

} // namespace

AiosmtpdServer::AiosmtpdServer(Tls tls, const CertificateAuthority::Files& certificate,
                               const std::string& user, const std::string& password)
{
    std::filesystem::create_directory(messages());
    const std::string mode = tls == Tls::none       ? "plain"
                             : tls == Tls::starttls ? "starttls"
                                                    : "implicit";
    for (int attempt = 1;; ++attempt) {
        _port = freePort();
        try {
            start({mode, certificate.certificate, certificate.key, user, password});
            return;
        } catch (const std::runtime_error& error) {
            if (attempt == kPortsToTry) {
                throw std::runtime_error(error.what() + std::string("; aiosmtpd says: ") +
                                         readFile(_folder / "log"));
            }
        }
    }
}

void AiosmtpdServer::start(const std::vector<std::string>& arguments)
{
    std::vector<std::string> command{"/usr/bin/python3",
                                     SOURCE_ROOT "/tests/support/aiosmtpd_server.py",
                                     std::to_string(_port), messages().string()};
    command.insert(command.end(), arguments.begin(), arguments.end());
    _process = std::make_unique<BackgroundProcess>(command, _folder / "log");
    waitForPort(_port, kStartLimit);
    if (!_process->running()) {
        throw std::runtime_error("somebody else listens there");
    }
}

std::string AiosmtpdServer::message(int number) const
{
    return readFile(messages() / (std::to_string(number) + ".eml"));
}

std::string AiosmtpdServer::envelope(int number) const
{
    return readFile(messages() / (std::to_string(number) + ".envelope"));
}

} // namespace notifyhost::test
