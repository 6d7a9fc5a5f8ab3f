#include "ledger/LedgerMark.h"

#include "storage/FileSystem.h"

#include <notifyhost/DurableFile.h>

#include <array>
#include <cstdio>
#include <sstream>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace notifyhost::ledger {

namespace {

/// A mark has two short lines, and a comment.
constexpr std::size_t kLongest = 4096;

/// The mark's file, opened without following a link; closed at the end.
class MarkFile {
public:
    MarkFile(const std::filesystem::path& file, int flags)
        : _descriptor(::open(file.c_str(), flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC))
    {
    }
    ~MarkFile()
    {
        if (_descriptor >= 0) {
            ::close(_descriptor);
        }
    }
    MarkFile(const MarkFile&) = delete;
    MarkFile& operator=(const MarkFile&) = delete;

    std::string read() const
    {
        std::string text(kLongest, '\0');
        const auto length = ::pread(_descriptor, text.data(), text.size(), 0);
        text.resize(length > 0 ? static_cast<std::size_t>(length) : 0);
        return text;
    }

    void write(const std::string& text) const
    {
        struct stat status {};
        if (::fstat(_descriptor, &status) == 0 && S_ISREG(status.st_mode) && status.st_nlink == 1) {
            static_cast<void>(!::pwrite(_descriptor, text.data(), text.size(), 0));
        }
    }

private:
    int _descriptor;
};

} // namespace

LedgerMark::LedgerMark(const std::filesystem::path& stateFolder, const std::string& pipeline)
    : _file(stateFolder / (storage::fileNameFor(pipeline) + ".mark"))
{
    std::istringstream stream(MarkFile(_file, O_RDONLY).read());
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
    MarkFile(_file, O_WRONLY).write(text());
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
