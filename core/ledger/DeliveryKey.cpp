#include "ledger/DeliveryKey.h"

#include "storage/Digest.h"

namespace notifyhost::ledger {

std::string deliveryKey(const DeliveryIdentity& identity)
{
    std::string text;
    for (const auto part : {identity.porchName, identity.taskInputId, identity.notificationKey,
                            identity.address, identity.transport})
    {
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
