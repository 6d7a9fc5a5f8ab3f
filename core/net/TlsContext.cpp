#include "net/TlsContext.h"

#include "net/Certificate.h"

#include <notifyhost/Connection.h>
#include <notifyhost/TrustedFile.h>

#include <Poco/Net/SSLException.h>

#include <csignal>
#include <map>
#include <mutex>
#include <optional>

#include <openssl/ssl.h>

namespace notifyhost::net {

namespace {

using Poco::Net::Context;

[[noreturn]] void refuse(const std::filesystem::path& caFile, const std::string& caSetting,
                         const std::string& why)
{
    throw ConnectionError(ConnectionError::Kind::certificate,
                          "the CA file " + caFile.string() + " (" + caSetting + ") " + why);
}

/// Opened before OpenSSL does it, whose words for a missing one are of no use to anybody.
std::optional<TrustedFile> authorities(const std::filesystem::path& caFile,
                                       const std::string& caSetting)
{
    if (caFile.empty()) {
        return std::nullopt;
    }
    try {
        return TrustedFile::open(caFile, FileUse::authorities);
    } catch (const FileRefusal& refusal) {
        refuse(caFile, caSetting,
               refusal.kind() == FileRefusal::Kind::untrusted ? refusal.what() : "cannot be read");
    }
}

Context::Ptr makeContext(const std::filesystem::path& caFile, const std::string& caSetting)
{
    Context::Params params;
    const auto opened = authorities(caFile, caSetting);
    params.caLocation = opened ? opened->pathOfDescriptor() : "";
    params.loadDefaultCAs = true;
    params.verificationMode = Context::VERIFY_STRICT;
    params.cipherList = "DEFAULT"; // OpenSSL's own, as the distribution has it
    Context::Ptr context;
    try {
        context = new Context(Context::TLS_CLIENT_USE, params);
    } catch (const Poco::Net::SSLContextException&) {
        refuse(caFile, caSetting, "holds no certificate in PEM form");
    }
    context->requireMinimumProtocol(Context::PROTO_TLSV1_2);
    // What Poco has no name for. Poco tells of a bad certificate through a handler of the whole
    // process and in a number; CertificateWatch hears it per handshake and with the certificate.
    // The modes let a write be given up and repeated where nothing could go out, and end a read at
    // a record without octets, so that the caller sees its limit.
    SSL_CTX* const rules = context->sslContext();
    SSL_CTX_set_verify(rules, SSL_VERIFY_PEER, &CertificateWatch::noteAndGoOn);
    SSL_CTX_set_mode(rules, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_clear_mode(rules, SSL_MODE_AUTO_RETRY);
    // OpenSSL writes to sockets in a way that raises the signal where the peer is gone.
    std::signal(SIGPIPE, SIG_IGN);
    return context;
}

} // namespace

Context::Ptr tlsContext(const std::filesystem::path& caFile, const std::string& caSetting)
{
    // Never destroyed: OpenSSL cleans up after itself at exit, before our statics would.
    static auto& mutex = *new std::mutex;
    static auto& contexts = *new std::map<std::filesystem::path, Context::Ptr>;
    const std::lock_guard lock(mutex);
    auto found = contexts.find(caFile);
    if (found == contexts.end()) {
        found = contexts.emplace(caFile, makeContext(caFile, caSetting)).first;
    }
    return found->second;
}

} // namespace notifyhost::net
