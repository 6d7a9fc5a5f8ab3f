#include "ledger/DeliveryKey.h"

#include "storage/Digest.h"

#include <vector>

namespace notifyhost::ledger {

std::string deliveryKey(const DeliveryIdentity& identity)
{
    std::string text;
    std::vector parts{identity.porchName, identity.taskInputId, identity.notificationKey,
                      identity.address, identity.transport};
    if (!identity.generation.empty()) {
        parts.push_back(identity.generation);
    }
    for (const auto part : parts) {
        text += std::to_string(part.size());
        text += ':';
        text += part;
    }
    return storage::sha256Hex(text);
}

std::string messageId(std::string_view deliveryKey, std::string_view domain)
{
    return std::string(deliveryKey.substr(0, 32)) + "@" + std::string(domain);
}

} // namespace notifyhost::ledger
