#include "storage/Database.h"

#include "storage/FileSystem.h"
#include "storage/OwnFolder.h"
#include "storage/PreparedCache.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace notifyhost::storage {

namespace {

/// The system's error underneath one of SQLite's, 0 where there is none. A failed COMMIT leaves it
/// in errno alone, which is why errno is cleared before each step.
int systemError(sqlite3* handle)
{
    const int left = errno;
    const int known = handle != nullptr ? sqlite3_system_errno(handle) : 0;
    return known != 0 ? known : left;
}

std::string inWords(int systemError)
{
    return systemError == 0 ? "" : " (" + std::generic_category().message(systemError) + ")";
}

bool isForWantOfRoom(int systemError)
{
    return systemError == ENOSPC || systemError == EDQUOT || systemError == EFBIG;
}

[[noreturn]] void failUnderneath(const std::string& head, int error)
{
    if (isForWantOfRoom(error)) {
        throw StorageError(StorageError::Kind::disk,
                           head + inWords(error) +
                               ". Make room on its file system, or raise the limit of the user who "
                               "runs this.");
    }
    if (error == EROFS) {
        throw StorageError(StorageError::Kind::disk,
                           head + inWords(error) +
                               ". Mount it for writing; a file system that the system itself made "
                               "read-only has an error, of which its log (dmesg) says more.");
    }
    throw StorageError(StorageError::Kind::disk,
                       head + inWords(error) +
                           ". The disk or its file system reports an error; the system's log "
                           "(dmesg) says more.");
}

[[noreturn]] void fail(const std::filesystem::path& file, sqlite3* handle, int code,
                       const std::string& doing)
{
    const int underneath = systemError(handle);
    const std::string said = handle != nullptr ? sqlite3_errmsg(handle) : sqlite3_errstr(code);
    const std::string head = file.string() + ": " + doing + ": " + said;
    switch (code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        throw StorageError(StorageError::Kind::damaged,
                           head + ". The file is damaged or not a database; restore a backup.");
    case SQLITE_FULL:
        throw StorageError(StorageError::Kind::disk, head + ". Make room on its file system.");
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
    case SQLITE_AUTH:
        throw StorageError(
            StorageError::Kind::disk,
            head + inWords(underneath) +
                ". The file and its folder must exist and be writable by the user who runs this.");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        throw StorageError(StorageError::Kind::disk,
                           head +
                               ". Another process has kept it locked for too long; find it with: "
                               "fuser '" +
                               file.string() + "'");
    case SQLITE_IOERR:
        failUnderneath(head, underneath);
    default:
        throw StorageError(StorageError::Kind::disk, head);
    }
}

/// A sync that failed, of a file or of its folder. Where the system could not write what it had
/// taken, it may drop it and say so only once.
bool isFailedSync(int extendedCode)
{
    return extendedCode == SQLITE_IOERR_FSYNC || extendedCode == SQLITE_IOERR_DIR_FSYNC;
}

/// A file descriptor, closed at the end.
class Descriptor {
public:
    explicit Descriptor(int number) : _number(number) {}
    ~Descriptor()
    {
        if (_number >= 0) {
            ::close(_number);
        }
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;

    int operator*() const { return _number; }

private:
    int _number;
};

/// Allocates a file's room up to a size. 0, or the system's error.
int allocate(int descriptor, off_t from, off_t to)
{
    if (::fallocate(descriptor, 0, from, to - from) == 0) {
        return 0;
    }
    if (errno != EOPNOTSUPP && errno != ENOSYS) {
        return errno;
    }
    // A file system that cannot allocate is written to instead.
    static const std::string zeros(65536, '\0');
    while (from < to) {
        const auto size = std::min<off_t>(to - from, static_cast<off_t>(zeros.size()));
        const auto written =
            ::pwrite(descriptor, zeros.data(), static_cast<std::size_t>(size), from);
        if (written < 0 && errno != EINTR) {
            return errno;
        }
        from += std::max<ssize_t>(written, 0);
    }
    return 0;
}

/// "12 KB": for a message about room, rounded up.
std::string inKilobytes(std::uint64_t octets)
{
    return std::to_string((octets + 1023) / 1024) + " KB";
}

const char* inWords(Statement::Doing doing)
{
    switch (doing) {
    case Statement::Doing::preparing:
        return "preparing a statement";
    case Statement::Doing::binding:
        return "binding a parameter";
    case Statement::Doing::running:
        break;
    }
    return "reading or writing";
}

} // namespace

class Database::Connection {
public:
    Connection(const std::filesystem::path& file, const Schema& schema,
               std::chrono::milliseconds busyLimit, Durability durability)
        : path(file), _schema(schema), _durability(durability)
    {
        checkPlace();
        const OwnFolder folder(path.parent_path());
        const auto place = makeFile(folder);
        const int code = sqlite3_open_v2(
            place.c_str(), &handle,
            SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW, nullptr);
        try {
            if (code != SQLITE_OK) {
                fail(path, handle, code, "opening it");
            }
            prepare(busyLimit, folder);
            if (durability == Durability::withSync) {
                // A commit is only written then; checkpoints still sync before they overwrite.
                execute("PRAGMA synchronous = NORMAL", "setting it up");
            }
            // Takes the place of SQLite's own checkpoints, which keep their errors to themselves.
            sqlite3_wal_hook(handle, noteFrames, this);
            noteFiles();
        } catch (...) {
            leaveWal();
            close();
            throw;
        }
    }
    ~Connection()
    {
        if (_failure) {
            leaveWal();
        }
        close();
    }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    void execute(const std::string& sql, const std::string& doing)
    {
        errno = 0;
        const int code = sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, nullptr);
        if (code != SQLITE_OK) {
            fail(path, handle, code, doing);
        }
    }

    Statement& statement(const std::string& sql)
    {
        auto& statement = _statements.get(sql, [&] {
            return std::make_unique<Statement>(handle, sql,
                                               [this](Statement::Doing doing, int code) {
                                                   fail(path, handle, code, inWords(doing));
                                               });
        });
        statement.reset();
        return statement;
    }

    void transaction(const std::function<void()>& work)
    {
        requireSound();
        statement("BEGIN IMMEDIATE").step();
        try {
            work();
            statement("COMMIT").step();
        } catch (...) {
            // A commit that syncs by itself has failed alone: what it wrote is written over.
            if (_durability == Durability::withSync &&
                isFailedSync(sqlite3_extended_errcode(handle))) {
                noteFailure();
            }
            rollBack();
            throw;
        }
        noteWal();
        if (_durability == Durability::withCommit) {
            whileSound([this] { noteDurable(); });
        }
        if (_frames >= kFramesBeforeCheckpoint) {
            // The transaction itself has done well: what fails here fails the next call.
            try {
                checkpoint();
            } catch (const StorageError&) {
            }
        }
    }

    /// Source: https://sqlite.org/c3ref/c_fcntl_begin_atomic_write.html (JOURNAL_POINTER is the WAL
    /// in this mode).
    void sync()
    {
        // Not beside a checkpoint: the system tells of what it could not write only once.
        const std::scoped_lock lock(_syncMutex);
        whileSound([this] {
            sqlite3_file* wal = _wal;
            if (wal == nullptr || wal->pMethods == nullptr) {
                return;
            }
            errno = 0;
            const int code = wal->pMethods->xSync(wal, SQLITE_SYNC_NORMAL);
            if (code != SQLITE_OK) {
                // What the handle last said may be about another thread's work.
                fail(path, nullptr, code, "syncing its write-ahead log");
            }
            noteDurable();
        });
    }

    void checkpoint()
    {
        const std::scoped_lock lock(_syncMutex);
        whileSound([this] {
            errno = 0;
            const int code = sqlite3_wal_checkpoint_v2(handle, "main", SQLITE_CHECKPOINT_PASSIVE,
                                                       nullptr, nullptr);
            const int kind = code & 0xff;
            // Without room in the file, and where others read, all stays in the log.
            const bool stays = kind == SQLITE_BUSY || kind == SQLITE_LOCKED ||
                               kind == SQLITE_FULL ||
                               (code == SQLITE_IOERR_WRITE && isForWantOfRoom(systemError(handle)));
            if (code != SQLITE_OK && !stays) {
                fail(path, handle, code, "moving its write-ahead log into it");
            }
        });
    }

    void secureRoom(std::int64_t pages)
    {
        requireSound();
        const off_t wanted = kWalHeader + (_frames + pages) * (pragma("page_size") + kFrameHeader);
        struct stat status {};
        // Every octet of it is written or allocated, up to its end.
        if (::stat((path.string() + "-wal").c_str(), &status) == 0 && status.st_size >= wanted) {
            return;
        }
        // No other connection writes to the log meanwhile, so that it can be cut back.
        statement("BEGIN IMMEDIATE").step();
        try {
            growWal(wanted);
        } catch (...) {
            rollBack();
            throw;
        }
        rollBack();
    }

    void requireInPlace()
    {
        whileSound([this] { checkFiles(); });
    }

    std::int64_t pragma(const std::string& name)
    {
        auto& asked = statement("PRAGMA " + name);
        const auto value = asked.step() ? asked.integer(0) : 0;
        asked.reset();
        return value;
    }

    std::filesystem::path path;
    sqlite3* handle{};

private:
    /// As SQLite's own number.
    static constexpr int kFramesBeforeCheckpoint = 1000;
    /// Source: https://sqlite.org/walformat.html, the WAL header and the frame header.
    static constexpr std::int64_t kWalHeader = 32;
    static constexpr std::int64_t kFrameHeader = 24;

    /// A file at its path, so that another one there is seen.
    struct Place {
        std::string path;
        dev_t device{};
        ino_t number{};
    };

    static int noteFrames(void* self, sqlite3*, const char*, int frames)
    {
        static_cast<Connection*>(self)->_frames = frames;
        return SQLITE_OK;
    }

    void requireSound()
    {
        const std::scoped_lock lock(_failureMutex);
        if (_failure) {
            std::rethrow_exception(_failure);
        }
    }

    void noteFailure()
    {
        const std::scoped_lock lock(_failureMutex);
        _failure = std::current_exception();
    }

    /// Does the work unless something failed before; where it fails, all after it fails.
    template<typename Work> void whileSound(Work work)
    {
        requireSound();
        try {
            work();
        } catch (...) {
            noteFailure();
            throw;
        }
    }

    /// Some errors roll back by themselves.
    void rollBack()
    {
        if (sqlite3_get_autocommit(handle) == 0) {
            sqlite3_exec(handle, "ROLLBACK", nullptr, nullptr, nullptr);
        }
    }

    /// What was refused, or cannot be trusted, stays as it is, with what its last user left in its
    /// WAL.
    void leaveWal() { sqlite3_db_config(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr); }

    void noteFiles()
    {
        for (const auto* suffix : {"", "-wal", "-shm"}) {
            struct stat status {};
            const auto name = path.string() + suffix;
            if (::lstat(name.c_str(), &status) == 0) {
                _places.push_back({name, status.st_dev, status.st_ino});
            }
        }
    }

    void checkFiles() const
    {
        for (const auto& place : _places) {
            struct stat status {};
            if (::lstat(place.path.c_str(), &status) != 0 || status.st_dev != place.device ||
                status.st_ino != place.number)
            {
                throw StorageError(StorageError::Kind::disk,
                                   place.path +
                                       ": was removed or replaced while it was in use, so nothing "
                                       "more is written or sent. Leave the files of " +
                                       path.string() +
                                       " alone while a program works with them; what was removed "
                                       "is found again only in a backup.");
            }
        }
    }

    /// After a sync that went well. A step in a file that nobody finds again is not on record; and
    /// SQLite does not say whether the folder's entry of a new log was synced.
    void noteDurable()
    {
        if (!_folderSynced) {
            syncFolder();
            _folderSynced = true;
        }
        checkFiles();
    }

    void syncFolder() const
    {
        const auto folder = path.has_parent_path() ? path.parent_path() : ".";
        const Descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (*opened < 0 || (::fsync(*opened) != 0 && errno != EINVAL)) {
            failUnderneath(folder.string() + ": syncing the folder", errno);
        }
    }

    void growWal(off_t wanted) const
    {
        const auto name = path.string() + "-wal";
        const Descriptor wal(::open(name.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC));
        struct stat status {};
        if (*wal < 0 || ::fstat(*wal, &status) != 0) {
            failUnderneath(name + ": securing room in it", errno);
        }
        const int error = status.st_size >= wanted ? 0 : allocate(*wal, status.st_size, wanted);
        if (error == 0) {
            return;
        }
        static_cast<void>(!::ftruncate(*wal, status.st_size));
        failForWantOfRoom(name, static_cast<std::uint64_t>(wanted - status.st_size), error);
    }

    [[noreturn]] void failForWantOfRoom(const std::string& name, std::uint64_t growth,
                                        int error) const
    {
        std::string missing;
        struct statvfs system {};
        if (error == ENOSPC && ::statvfs(name.c_str(), &system) == 0) {
            const auto free =
                static_cast<std::uint64_t>(::geteuid() == 0 ? system.f_bfree : system.f_bavail) *
                system.f_frsize;
            missing = free < growth ? ": " + inKilobytes(growth - free) + " are missing" : "";
        }
        failUnderneath(
            name + ": it needs " + inKilobytes(growth) + " more for what is next" + missing, error);
    }

    /// The WAL stays the same file as long as the connection is open.
    void noteWal()
    {
        sqlite3_file* wal = nullptr;
        if (sqlite3_file_control(handle, "main", SQLITE_FCNTL_JOURNAL_POINTER, &wal) == SQLITE_OK) {
            _wal = wal;
        }
    }

    void checkPlace() const
    {
        std::error_code error;
        const auto folder = path.has_parent_path() ? path.parent_path() : ".";
        if (!std::filesystem::is_directory(folder, error)) {
            throw StorageError(StorageError::Kind::disk, path.string() + ": its folder " +
                                                             folder.string() +
                                                             " does not exist. Make it.");
        }
        if (std::filesystem::is_directory(path, error)) {
            throw StorageError(StorageError::Kind::configuration,
                               path.string() + ": is a folder. Name a file.");
        }
        if (const auto network = networkFileSystem(folder)) {
            throw StorageError(StorageError::Kind::configuration,
                               path.string() + ": lies on a network file system (" + *network +
                                   "), where locks cannot be relied on. Use a local disk.");
        }
    }

    /// The file and those that SQLite keeps beside it must be this user's own; a new one is for its
    /// owner alone from its first moment on. Returns its path without a link.
    std::filesystem::path makeFile(const OwnFolder& folder) const
    {
        const auto name = path.filename().string();
        bool isThere = false;
        for (const auto* suffix : {"-journal", "-wal", "-shm", ""}) {
            isThere = folder.holds(name + suffix);
        }
        // Closing a file drops this process's locks on it, so only one that is new is opened here.
        if (!isThere) {
            const Descriptor made(::openat(folder.descriptor(), name.c_str(),
                                           O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                                           S_IRUSR | S_IWUSR));
            if (*made < 0 && errno != EEXIST) {
                throw StorageError(
                    StorageError::Kind::disk,
                    path.string() + ": cannot be made: " + std::strerror(errno) +
                        ". Its folder must be writable by the user who runs this, with "
                        "room on its file system.");
            }
        }
        return folder.place() / name;
    }

    void prepare(std::chrono::milliseconds busyLimit, const OwnFolder& folder)
    {
        sqlite3_extended_result_codes(handle, 1);
        sqlite3_busy_timeout(handle, static_cast<int>(busyLimit.count()));
        // One transaction, so that one look sees a file before or after another process makes it.
        execute("BEGIN", "looking whose it is");
        checkOwner();
        execute("COMMIT", "looking whose it is");
        for (const auto* suffix : {"", "-wal", "-shm"}) {
            folder.makePrivate(path.filename().string() + suffix);
        }
        switchToWal(busyLimit);
        execute("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA cell_size_check = ON",
                "setting it up");
        migrate();
    }

    /// SQLite does not wait by itself where several switch a new file at once.
    void switchToWal(std::chrono::milliseconds busyLimit)
    {
        const auto keep = [](void* mode, int, char** values, char**) {
            *static_cast<std::string*>(mode) = values[0];
            return 0;
        };
        const auto deadline = std::chrono::steady_clock::now() + busyLimit;
        std::string mode;
        int code = SQLITE_BUSY;
        for (;;) {
            errno = 0;
            code = sqlite3_exec(handle, "PRAGMA journal_mode = WAL", keep, &mode, nullptr);
            if ((code & 0xff) != SQLITE_BUSY || std::chrono::steady_clock::now() > deadline) {
                break;
            }
            std::this_thread::sleep_for(std::chrono::milliseconds{2});
        }
        if (code != SQLITE_OK) {
            fail(path, handle, code, "switching to WAL");
        }
        if (mode != "wal") {
            throw StorageError(StorageError::Kind::configuration,
                               path.string() +
                                   ": a write-ahead log cannot be kept there (SQLite "
                                   "says '" +
                                   mode + "'). Use a folder on a local disk.");
        }
    }

    std::int64_t newest() const { return static_cast<std::int64_t>(_schema.migrations.size()); }

    void checkOwner()
    {
        const auto id = pragma("application_id");
        const auto version = pragma("user_version");
        auto& count = statement("SELECT count(*) FROM sqlite_master");
        const bool empty = count.step() && count.integer(0) == 0;
        count.reset();
        if (id != _schema.applicationId && !(id == 0 && version == 0 && empty)) {
            throw StorageError(StorageError::Kind::configuration,
                               path.string() + ": is not a " + _schema.product +
                                   " but another program's file. Name another file.");
        }
        if (version > newest()) {
            throw StorageError(StorageError::Kind::configuration,
                               path.string() + ": is a " + _schema.product + " of version " +
                                   std::to_string(version) + ", this program knows up to " +
                                   std::to_string(newest()) +
                                   ". It was left untouched. Run the newer program.");
        }
    }

    void migrate()
    {
        if (pragma("user_version") == newest()) {
            return;
        }
        transaction([this] {
            // Asked again inside: another process may have been faster.
            checkOwner();
            for (auto version = pragma("user_version"); version < newest(); ++version) {
                execute(_schema.migrations[static_cast<std::size_t>(version)],
                        "bringing it to version " + std::to_string(version + 1));
            }
            execute("PRAGMA application_id = " + std::to_string(_schema.applicationId) +
                        "; PRAGMA user_version = " + std::to_string(newest()),
                    "noting its version");
        });
        _statements.clear();
    }

    void close()
    {
        _statements.clear();
        sqlite3_close_v2(handle);
        handle = nullptr;
    }

    const Schema& _schema;
    const Durability _durability;
    PreparedCache<Statement> _statements;
    std::atomic<sqlite3_file*> _wal{};
    int _frames{}; ///< of the log, at this connection's last commit
    std::vector<Place> _places;

    std::mutex _syncMutex; ///< one sync or checkpoint at a time
    bool _folderSynced{};
    std::mutex _failureMutex;
    std::exception_ptr _failure; ///< the first, of which all later calls tell
};

Database::Database(const std::filesystem::path& file, const Schema& schema,
                   std::chrono::milliseconds busyLimit, Durability durability)
    : _connection(std::make_unique<Connection>(file, schema, busyLimit, durability))
{
}

Database::~Database() = default;

const std::filesystem::path& Database::file() const
{
    return _connection->path;
}

Statement& Database::statement(const std::string& sql)
{
    return _connection->statement(sql);
}

void Database::execute(const std::string& sql)
{
    _connection->execute(sql, "executing");
}

void Database::transaction(const std::function<void()>& work)
{
    _connection->transaction(work);
}

void Database::sync()
{
    _connection->sync();
}

void Database::checkpoint()
{
    _connection->checkpoint();
}

void Database::secureRoom(std::int64_t pages)
{
    _connection->secureRoom(pages);
}

std::int64_t Database::pageCount()
{
    return _connection->pragma("page_count");
}

std::int64_t Database::pageSize()
{
    return _connection->pragma("page_size");
}

void Database::requireInPlace()
{
    _connection->requireInPlace();
}

std::int64_t Database::changes() const
{
    return sqlite3_changes64(_connection->handle);
}

} // namespace notifyhost::storage
