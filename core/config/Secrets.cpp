#include "config/Secrets.h"

#include <notifyhost/TrustedFile.h>

#include <cctype>
#include <cstdlib>

#include <sys/prctl.h>

namespace notifyhost::config {

namespace {

constexpr std::size_t kLargestSecret = std::size_t{64} << 10;
constexpr std::string_view kEnvironment = "env:";
constexpr std::string_view kCredential = "cred:";

bool isVariableName(std::string_view name)
{
    return !name.empty() && std::isdigit(static_cast<unsigned char>(name.front())) == 0 &&
           std::all_of(name.begin(), name.end(), [](char character) {
               return std::isalnum(static_cast<unsigned char>(character)) != 0 || character == '_';
           });
}

bool isCredentialName(std::string_view name)
{
    return !name.empty() && name != "." && name != ".." &&
           std::all_of(name.begin(), name.end(), [](char character) {
               return std::isalnum(static_cast<unsigned char>(character)) != 0 ||
                      std::string_view("._-@").find(character) != std::string_view::npos;
           });
}

std::string fromEnvironment(const std::string& name)
{
    if (!isVariableName(name)) {
        throw SecretError("${env:…} must hold the name of an environment variable");
    }
    if (const char* value = std::getenv(name.c_str())) {
        return value;
    }
    throw SecretError("${env:" + name + "}: this environment variable is not set");
}

std::string fromCredentials(const std::string& name)
{
    if (!isCredentialName(name)) {
        throw SecretError("${cred:…} must hold the name of a file in $CREDENTIALS_DIRECTORY");
    }
    const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
    if (folder == nullptr || *folder == '\0') {
        throw SecretError("${cred:" + name + "}: CREDENTIALS_DIRECTORY is not set; systemd sets " +
                          "it for a unit with LoadCredential=" + name + ":FILE");
    }
    return readSecretFile(std::filesystem::path(folder) / name).content;
}

/// What stands for the reference, given without ${ and }. Not known: an empty optional.
std::optional<std::string> resolve(std::string_view reference, log::Redactor& redactor)
{
    if (reference.starts_with(kEnvironment)) {
        return fromEnvironment(std::string(reference.substr(kEnvironment.size())));
    }
    if (reference.starts_with(kCredential)) {
        std::string secret = fromCredentials(std::string(reference.substr(kCredential.size())));
        redactor.add(secret);
        return secret;
    }
    return std::nullopt;
}

} // namespace

std::string expandReferences(std::string_view text, StrangeReference strange,
                             log::Redactor& redactor)
{
    std::string result;
    for (;;) {
        const auto at = text.find("${");
        result.append(text.substr(0, at));
        if (at == std::string_view::npos) {
            return result;
        }
        text.remove_prefix(at + 2);
        if (result.ends_with('$')) {
            result += '{';
            continue;
        }
        const auto close = text.find('}');
        std::optional<std::string> value;
        if (close != std::string_view::npos) {
            value = resolve(text.substr(0, close), redactor);
        }
        if (value) {
            result += *value;
            text.remove_prefix(close + 1);
        } else if (strange == StrangeReference::keep) {
            result += "${";
        } else {
            throw SecretError("${…} must be ${env:NAME} or ${cred:NAME}; a plain ${ is written "
                              "$${");
        }
    }
}

void keepMemoryPrivate() noexcept
{
    ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

SecretFile readSecretFile(const std::filesystem::path& file)
{
    SecretFile result;
    std::string& content = result.content;
    try {
        const auto opened = TrustedFile::open(file, FileUse::secret);
        content = opened.read(kLargestSecret);
        result.warnings = opened.warnings();
    } catch (const FileRefusal& refusal) {
        throw SecretError(file.string() + " " + refusal.what());
    }
    if (content.ends_with('\n')) {
        content.pop_back();
        if (content.ends_with('\r')) {
            content.pop_back();
        }
    }
    if (content.empty()) {
        throw SecretError(file.string() + " is empty");
    }
    if (content.find('\0') != std::string::npos) {
        throw SecretError(file.string() + " holds a NUL character");
    }
    return result;
}

} // namespace notifyhost::config
