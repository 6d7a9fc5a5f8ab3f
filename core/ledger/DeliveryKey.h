#pragma once

#include <string>
#include <string_view>

namespace notifyhost::ledger {

/// What makes a delivery the same delivery, whoever computes it.
struct DeliveryIdentity {
    std::string_view porchName; ///< porch pipeline name; its version is left out on purpose
    std::string_view taskInputId;
    std::string_view notificationKey;
    std::string_view address;      ///< exactly as composed; empty for a channel and for `together`
    std::string_view transport;    ///< the transport section's name
    std::string_view generation{}; ///< of what is told again on purpose; empty: told the first time
};

/// SHA-256, 64 lower-case hex digits, over the five parts in this order and the sixth where it is
/// not empty, each as its length in octets in decimal digits, a colon, and its octets ("5:hello").
std::string deliveryKey(const DeliveryIdentity& identity);

/// The Message-ID without angle brackets: the key's first 32 digits, "@", the domain.
std::string messageId(std::string_view deliveryKey, std::string_view domain);

} // namespace notifyhost::ledger
