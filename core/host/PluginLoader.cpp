#include "host/PluginLoader.h"

#include "host/PluginCall.h"

#include <Poco/ClassLoader.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <mutex>

#include <dlfcn.h>
#include <link.h>

namespace notifyhost::host {

namespace {

bool isPlainName(const std::string& name)
{
    return !name.empty() && name.size() < 64 &&
           name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-") == std::string::npos;
}

std::string join(const std::vector<std::filesystem::path>& folders)
{
    std::string result;
    for (const auto& folder : folders) {
        result += (result.empty() ? "" : ", ") + folder.string();
    }
    return result;
}

void requireKind(const PluginDescription& plugin, const std::string& kind)
{
    if (plugin.kind != kind) {
        throw PluginRefusal(plugin.file.string() + ": is a " + plugin.kind + ", but is used as a " +
                            kind + ". Name another plugin.");
    }
}

} // namespace

struct PluginLoader::OpenPlugin {
    PluginDescription description;
    std::string path; ///< what Poco knows the library by
};

class PluginLoader::Libraries {
public:
    Poco::ClassLoader<Transport> transports;
    Poco::ClassLoader<EventSource> sources;
    std::map<std::string, OpenPlugin> opened;
};

PluginLoader::PluginLoader(std::vector<std::filesystem::path> folders)
    : _folders(std::move(folders)), _libraries(std::make_unique<Libraries>())
{
}

// Poco's class loader does not close libraries, and the handles of load() are kept on purpose.
PluginLoader::~PluginLoader() = default;

std::vector<FoundPlugin> PluginLoader::find() const
{
    std::map<std::string, std::vector<std::filesystem::path>> byName;
    for (const auto& folder : _folders) {
        std::error_code error;
        for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
            if (entry.path().extension() == ".so") {
                byName[entry.path().stem()].push_back(entry.path());
            }
        }
    }
    std::vector<FoundPlugin> result;
    for (const auto& [name, files] : byName) {
        FoundPlugin found;
        found.description.file = files.front();
        found.description.name = name;
        try {
            found.description = describe(name);
        } catch (const PluginRefusal& refusal) {
            found.refusal = refusal.what();
        }
        result.push_back(found);
    }
    return result;
}

std::filesystem::path PluginLoader::locate(const std::string& name) const
{
    if (!isPlainName(name)) {
        throw PluginRefusal("'" + name +
                            "' is not a plugin's name: small letters, digits, - and _ "
                            "only, so that it cannot leave the plugin path.");
    }
    std::vector<std::filesystem::path> files;
    for (const auto& folder : _folders) {
        const auto file = folder / (name + ".so");
        std::error_code error;
        if (std::filesystem::exists(std::filesystem::symlink_status(file, error))) {
            files.push_back(file);
        }
    }
    if (files.empty()) {
        throw PluginRefusal(
            "plugin '" + name + "' was not found: there is no " + name + ".so in " +
            (_folders.empty() ? "the plugin path, which is empty" : join(_folders)) +
            ". Install it or correct [host] plugin_path; `notifyhost plugins` "
            "lists what is there.");
    }
    if (files.size() > 1) {
        throw PluginRefusal("plugin '" + name + "' is there more than once: " + join(files) +
                            ". Remove all but one, or shorten [host] plugin_path.");
    }
    return files.front();
}

PluginDescription PluginLoader::describe(const std::string& name) const
{
    return openPluginFile(locate(name)).description;
}

namespace {

/// The path by which the file that was opened and judged is loaded, whatever its name has come to
/// mean. The dynamic loader knows a library by its path, so the descriptor stays open to the end of
/// the process: its number must never stand for another library.
std::string pathForLoading(TrustedFile file, const std::string& name)
{
    static auto& mutex = *new std::mutex;
    static auto& kept = *new std::map<std::pair<dev_t, ino_t>, TrustedFile>;
    const std::lock_guard lock(mutex);
    const std::pair identity(file.status().st_dev, file.status().st_ino);
    const auto& opened = kept.try_emplace(identity, std::move(file)).first->second;
    const std::string path = opened.pathOfDescriptor();
    struct stat seen {};
    if (::stat(path.c_str(), &seen) != 0 || std::pair(seen.st_dev, seen.st_ino) != identity) {
        throw PluginRefusal(name + ": cannot be opened: plugins are loaded by their descriptors, "
                                   "which needs /proc. Run: mount -t proc proc /proc");
    }
    return path;
}

/// What the dynamic loader said, with the file's own name.
std::string withName(std::string text, const std::string& path, const std::string& name)
{
    for (auto at = text.find(path); at != std::string::npos; at = text.find(path, at)) {
        text.replace(at, path.size(), name);
        at += name.size();
    }
    return text;
}

/// Binds everything at once: Poco opens lazily, so a missing function would end the program at its
/// first call, and here it is only an error text. From then on dladdr(), and what else reads the
/// list of libraries, names the file.
void bind(const std::string& path, const std::filesystem::path& real, const std::string& name)
{
    void* library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
        throw PluginRefusal(name + ": cannot be opened: " + withName(::dlerror(), path, name) +
                            ". Rebuild it, or install the library it needs.");
    }
    link_map* entry = nullptr;
    if (::dlinfo(library, RTLD_DI_LINKMAP, &entry) == 0 && path == entry->l_name) {
        entry->l_name = ::strdup(real.c_str()); // the old text is the loader's, and stays
    }
}

} // namespace

const PluginLoader::OpenPlugin& PluginLoader::open(const std::string& name, const std::string& kind)
{
    const auto known = _libraries->opened.find(name);
    if (known != _libraries->opened.end()) {
        requireKind(known->second.description, kind);
        return known->second;
    }
    PluginFile file = openPluginFile(locate(name));
    requireKind(file.description, kind);
    const auto real = file.opened.path();
    const std::string shown = std::filesystem::absolute(file.description.file).string();
    const std::string path = pathForLoading(std::move(file.opened), shown);
    bind(path, real, shown);
    try {
        if (kind == "transport") {
            _libraries->transports.loadLibrary(path);
        } else {
            _libraries->sources.loadLibrary(path);
        }
    } catch (const Poco::Exception& exception) {
        throw PluginRefusal(
            shown + ": cannot be opened: " + withName(exception.displayText(), path, shown));
    }
    return _libraries->opened.emplace(name, OpenPlugin{file.description, path}).first->second;
}

namespace {

template<typename Interface>
std::unique_ptr<Interface> makeOnly(Poco::ClassLoader<Interface>& loader, const std::string& path,
                                    const std::filesystem::path& file)
{
    const auto& manifest = loader.manifestFor(path);
    if (manifest.size() != 1) {
        throw PluginRefusal(file.string() + ": its manifest holds " +
                            std::to_string(manifest.size()) +
                            " classes; a plugin library holds exactly one.");
    }
    return callPlugin("the plugin " + file.string() + " in its constructor",
                      [&] { return std::unique_ptr<Interface>((*manifest.begin())->create()); });
}

} // namespace

std::unique_ptr<EventSource> PluginLoader::makeSource(const std::string& name)
{
    const auto& plugin = open(name, "source");
    return makeOnly(_libraries->sources, plugin.path, plugin.description.file);
}

std::unique_ptr<Transport> PluginLoader::makeTransport(const std::string& name)
{
    const auto& plugin = open(name, "transport");
    return makeOnly(_libraries->transports, plugin.path, plugin.description.file);
}

} // namespace notifyhost::host
