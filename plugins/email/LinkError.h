#pragma once

#include <stdexcept>
#include <string>

namespace notifyhost::email {

/// The dialogue with the server cannot go on. What became of the message depends on how far it was.
class LinkError : public std::runtime_error {
public:
    enum class Kind {
        lost,       ///< cannot connect, the connection was closed or reset
        late,       ///< no answer within the stage's limit, or the call's time is over
        cancelled,  ///< the operator wants the program to end
        nonsense,   ///< what came is not SMTP, or more than anybody needs
        tls,        ///< no TLS session
        certificate ///< a certificate that is not to be trusted, or nothing to judge it by
    };
    LinkError(Kind kind, const std::string& text) : std::runtime_error(text), _kind(kind) {}
    Kind kind() const noexcept { return _kind; }

private:
    Kind _kind;
};

} // namespace notifyhost::email
