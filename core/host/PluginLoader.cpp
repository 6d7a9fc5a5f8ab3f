#include "host/PluginLoader.h"

#include "host/PluginCall.h"

#include <Poco/ClassLoader.h>

#include <algorithm>
#include <map>

#include <dlfcn.h>

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

} // namespace

class PluginLoader::Libraries {
public:
    Poco::ClassLoader<Transport> transports;
    Poco::ClassLoader<EventSource> sources;
    std::map<std::string, PluginDescription> opened;
};

PluginLoader::PluginLoader(std::vector<std::filesystem::path> folders)
    : _folders(std::move(folders)), _libraries(std::make_unique<Libraries>())
{
}

// Poco's class loader does not close libraries, and the handles of open() are kept on purpose.
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
    const auto file = locate(name);
    checkTrust(file);
    return readPluginFile(file);
}

PluginDescription PluginLoader::open(const std::string& name, const std::string& kind)
{
    const auto known = _libraries->opened.find(name);
    const bool isOpen = known != _libraries->opened.end();
    const PluginDescription plugin = isOpen ? known->second : describe(name);
    if (plugin.kind != kind) {
        throw PluginRefusal(plugin.file.string() + ": is a " + plugin.kind + ", but is used as a " +
                            kind + ". Name another plugin.");
    }
    if (isOpen) {
        return plugin;
    }
    const std::string file = std::filesystem::absolute(plugin.file).string();
    // Poco opens lazily, so a missing function would end the program at its first call: bind
    // everything once before, where it is only an error text.
    if (::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL) == nullptr) {
        throw PluginRefusal(file + ": cannot be opened: " + ::dlerror() +
                            ". Rebuild it, or install the library it needs.");
    }
    try {
        if (kind == "transport") {
            _libraries->transports.loadLibrary(file);
        } else {
            _libraries->sources.loadLibrary(file);
        }
    } catch (const Poco::Exception& exception) {
        throw PluginRefusal(file + ": cannot be opened: " + exception.displayText());
    }
    _libraries->opened.emplace(name, plugin);
    return plugin;
}

namespace {

template<typename Interface>
std::unique_ptr<Interface> makeOnly(Poco::ClassLoader<Interface>& loader,
                                    const std::filesystem::path& file)
{
    const auto& manifest = loader.manifestFor(std::filesystem::absolute(file).string());
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
    const auto plugin = open(name, "source");
    return makeOnly(_libraries->sources, plugin.file);
}

std::unique_ptr<Transport> PluginLoader::makeTransport(const std::string& name)
{
    const auto plugin = open(name, "transport");
    return makeOnly(_libraries->transports, plugin.file);
}

} // namespace notifyhost::host
