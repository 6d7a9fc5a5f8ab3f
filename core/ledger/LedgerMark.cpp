#include "ledger/LedgerMark.h"

#include "storage/FileSystem.h"

#include <notifyhost/DurableFile.h>

#include <array>
#include <cstdio>
#include <fstream>

namespace notifyhost::ledger {

LedgerMark::LedgerMark(const std::filesystem::path& stateFolder, const std::string& pipeline)
    : _file(stateFolder / (storage::fileNameFor(pipeline) + ".mark"))
{
    std::ifstream stream(_file);
    std::string word;
    std::string identity;
    std::uint64_t batch{};
    if (stream >> word >> identity && word == "ledger") {
        _identity = word + " " + identity;
        _batch = stream >> word >> batch ? batch : 0;
    }
}

void LedgerMark::write(const std::string& identity)
{
    _identity = identity;
    auto temporary = _file;
    temporary += ".new";
    std::filesystem::remove(temporary);
    std::filesystem::remove(_file);
    writeDurably(temporary, _file, text(), [] { return true; });
}

void LedgerMark::keepBatch(std::uint64_t octets)
{
    _batch = octets;
    if (_identity.empty()) {
        return;
    }
    std::fstream stream(_file, std::ios::in | std::ios::out);
    stream << text();
}

/// Always as long, so that it can be written in place.
std::string LedgerMark::text() const
{
    std::array<char, 32> batch{};
    std::snprintf(batch.data(), batch.size(), "%012llu", static_cast<unsigned long long>(_batch));
    return _identity + "\nlargest-batch " + batch.data() +
           "\n# Which ledger this pipeline has worked with. Removed, a lost ledger goes "
           "unnoticed.\n";
}

} // namespace notifyhost::ledger
