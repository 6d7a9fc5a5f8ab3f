#include "support/WatchedDisk.h"

#include "support/TemporaryFolder.h"

#include <atomic>
#include <climits>
#include <map>
#include <mutex>
#include <new>
#include <stdexcept>

#include <sqlite3.h>

namespace notifyhost::test {

struct WatchedDisk::State {
    sqlite3_vfs vfs{};
    sqlite3_vfs* base{};
    std::mutex mutex;
    int calls{};
    int syncs{};
    int allowed{INT_MAX};
    Failure failure{};
    int syncToFail{};
    std::function<void()> hook;
    std::map<std::string, std::string> durable;
};

namespace {

/// What SQLite sees as its file; the file of the real disk lies right behind it.
struct WatchedFile {
    sqlite3_file head;
    WatchedDisk::State* state;
    const char* name;
};

constexpr std::size_t kHead = (sizeof(WatchedFile) + alignof(std::max_align_t) - 1) /
                              alignof(std::max_align_t) * alignof(std::max_align_t);

WatchedFile& watched(sqlite3_file* file)
{
    return *reinterpret_cast<WatchedFile*>(file);
}

sqlite3_file* real(sqlite3_file* file)
{
    return reinterpret_cast<sqlite3_file*>(reinterpret_cast<char*>(file) + kHead);
}

/// Counts one call; SQLITE_OK or the failure that is its turn.
int count(sqlite3_file* file, bool isSync)
{
    auto& state = *watched(file).state;
    const std::scoped_lock lock(state.mutex);
    ++state.calls;
    state.syncs += isSync ? 1 : 0;
    if (isSync && state.syncs == state.syncToFail) {
        return SQLITE_IOERR_FSYNC;
    }
    if (state.allowed > 0) {
        --state.allowed;
        return SQLITE_OK;
    }
    if (state.failure == WatchedDisk::Failure::full) {
        return isSync ? SQLITE_OK : SQLITE_FULL;
    }
    return isSync ? SQLITE_IOERR_FSYNC : SQLITE_IOERR_WRITE;
}

int closeFile(sqlite3_file* file)
{
    return real(file)->pMethods->xClose(real(file));
}

int readFile(sqlite3_file* file, void* octets, int size, sqlite3_int64 offset)
{
    return real(file)->pMethods->xRead(real(file), octets, size, offset);
}

int writeFile(sqlite3_file* file, const void* octets, int size, sqlite3_int64 offset)
{
    const int code = count(file, false);
    return code != SQLITE_OK ? code
                             : real(file)->pMethods->xWrite(real(file), octets, size, offset);
}

int truncateFile(sqlite3_file* file, sqlite3_int64 size)
{
    const int code = count(file, false);
    return code != SQLITE_OK ? code : real(file)->pMethods->xTruncate(real(file), size);
}

int syncFile(sqlite3_file* file, int flags)
{
    auto& state = *watched(file).state;
    std::function<void()> hook;
    {
        const std::scoped_lock lock(state.mutex);
        hook = state.hook;
    }
    if (hook) {
        hook();
    }
    const int code = count(file, true);
    if (code != SQLITE_OK) {
        return code;
    }
    const int result = real(file)->pMethods->xSync(real(file), flags);
    if (result == SQLITE_OK && watched(file).name != nullptr) {
        const std::scoped_lock lock(state.mutex);
        state.durable[watched(file).name] = test::readFile(watched(file).name);
    }
    return result;
}

int sizeOfFile(sqlite3_file* file, sqlite3_int64* size)
{
    return real(file)->pMethods->xFileSize(real(file), size);
}

int lockFile(sqlite3_file* file, int level)
{
    return real(file)->pMethods->xLock(real(file), level);
}

int unlockFile(sqlite3_file* file, int level)
{
    return real(file)->pMethods->xUnlock(real(file), level);
}

int checkReserved(sqlite3_file* file, int* result)
{
    return real(file)->pMethods->xCheckReservedLock(real(file), result);
}

int controlFile(sqlite3_file* file, int operation, void* argument)
{
    return real(file)->pMethods->xFileControl(real(file), operation, argument);
}

int sectorSize(sqlite3_file* file)
{
    return real(file)->pMethods->xSectorSize(real(file));
}

int characteristics(sqlite3_file* file)
{
    return real(file)->pMethods->xDeviceCharacteristics(real(file));
}

int mapShared(sqlite3_file* file, int page, int size, int extend, void volatile** address)
{
    return real(file)->pMethods->xShmMap(real(file), page, size, extend, address);
}

int lockShared(sqlite3_file* file, int offset, int number, int flags)
{
    return real(file)->pMethods->xShmLock(real(file), offset, number, flags);
}

void barrier(sqlite3_file* file)
{
    real(file)->pMethods->xShmBarrier(real(file));
}

int unmapShared(sqlite3_file* file, int remove)
{
    return real(file)->pMethods->xShmUnmap(real(file), remove);
}

constexpr sqlite3_io_methods kMethods{
    2,          closeFile,  readFile,      writeFile,   truncateFile, syncFile,        sizeOfFile,
    lockFile,   unlockFile, checkReserved, controlFile, sectorSize,   characteristics, mapShared,
    lockShared, barrier,    unmapShared,   nullptr,     nullptr};

int openFile(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* given)
{
    auto* state = static_cast<WatchedDisk::State*>(vfs->pAppData);
    auto* const own = new (file) WatchedFile{{nullptr}, state, name};
    const int code = state->base->xOpen(state->base, name, real(file), flags, given);
    own->head.pMethods = real(file)->pMethods == nullptr ? nullptr : &kMethods;
    return code;
}

} // namespace

WatchedDisk::WatchedDisk() : _state(std::make_unique<State>())
{
    _state->base = sqlite3_vfs_find(nullptr);
    _state->vfs = *_state->base;
    _state->vfs.zName = "watched";
    _state->vfs.pNext = nullptr;
    _state->vfs.pAppData = _state.get();
    _state->vfs.szOsFile = static_cast<int>(kHead) + _state->base->szOsFile;
    _state->vfs.xOpen = openFile;
    if (sqlite3_vfs_register(&_state->vfs, 1) != SQLITE_OK) {
        throw std::runtime_error("SQLite takes no other disk");
    }
}

WatchedDisk::~WatchedDisk()
{
    sqlite3_vfs_unregister(&_state->vfs);
    sqlite3_vfs_register(_state->base, 1);
}

int WatchedDisk::calls() const
{
    const std::scoped_lock lock(_state->mutex);
    return _state->calls;
}

int WatchedDisk::syncs() const
{
    const std::scoped_lock lock(_state->mutex);
    return _state->syncs;
}

void WatchedDisk::failAfter(int calls, Failure failure)
{
    const std::scoped_lock lock(_state->mutex);
    _state->allowed = calls;
    _state->failure = failure;
}

void WatchedDisk::failSync(int number)
{
    const std::scoped_lock lock(_state->mutex);
    _state->syncToFail = _state->syncs + number;
}

bool WatchedDisk::syncFailed() const
{
    const std::scoped_lock lock(_state->mutex);
    return _state->syncToFail > 0 && _state->syncs >= _state->syncToFail;
}

void WatchedDisk::mend()
{
    failAfter(INT_MAX, Failure::full);
}

void WatchedDisk::onSync(std::function<void()> hook)
{
    const std::scoped_lock lock(_state->mutex);
    _state->hook = std::move(hook);
}

std::string WatchedDisk::durable(const std::filesystem::path& file) const
{
    const std::scoped_lock lock(_state->mutex);
    const auto found = _state->durable.find(file.string());
    return found == _state->durable.end() ? "" : found->second;
}

} // namespace notifyhost::test
