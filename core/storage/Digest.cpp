#include "storage/Digest.h"

#include <Poco/SHA2Engine.h>

namespace notifyhost::storage {

std::string sha256Hex(std::string_view octets)
{
    Poco::SHA2Engine engine(Poco::SHA2Engine::SHA_256);
    engine.update(octets.data(), octets.size());
    return Poco::DigestEngine::digestToHex(engine.digest());
}

} // namespace notifyhost::storage
