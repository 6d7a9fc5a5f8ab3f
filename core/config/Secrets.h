#pragma once

#include "log/Logger.h"

#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace notifyhost::config {

/// A secret or reference cannot be had; the text says why and what to do.
class SecretError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// What to do with `${…}` that is neither env: nor cred:.
enum class StrangeReference { refuse, keep };

/// Replaces ${env:NAME} by the environment's text, ${cred:NAME} by the content of that file in
/// $CREDENTIALS_DIRECTORY, and $${ by ${. What was put in is not looked at again. Contents of
/// credentials are registered with the redactor. Errors: SecretError.
std::string expandReferences(std::string_view text, StrangeReference strange,
                             log::Redactor& redactor);

/// From now on this process leaves no memory behind when it crashes, and other users' programs
/// cannot look into it.
void keepMemoryPrivate() noexcept;

struct SecretFile {
    std::string content;               ///< without its last line end
    std::vector<std::string> warnings; ///< what is wrong with the file, with the command to run
};

/// Errors: SecretError that names the file.
SecretFile readSecretFile(const std::filesystem::path& file);

} // namespace notifyhost::config
