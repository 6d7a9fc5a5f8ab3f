#pragma once

#include "host/PluginFile.h"

#include <notifyhost/EventSource.h>
#include <notifyhost/Transport.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace notifyhost::host {

/// A plugin found in the plugin path, or why it cannot be used.
struct FoundPlugin {
    PluginDescription description; ///< only file is set where there is a refusal
    std::string refusal;           ///< empty: it can be loaded
};

/// Finds and loads plugins. A library is opened once, at the first instance, and never closed:
/// objects and exceptions of a plugin may outlive any moment we could choose. What is loaded is the
/// file that was opened and judged, by its descriptor.
/// Threads: one at a time.
class PluginLoader {
public:
    explicit PluginLoader(std::vector<std::filesystem::path> folders);
    ~PluginLoader();
    PluginLoader(const PluginLoader&) = delete;
    PluginLoader& operator=(const PluginLoader&) = delete;

    /// Every .so in the plugin path, by name; reads files, loads nothing.
    std::vector<FoundPlugin> find() const;

    /// What is known of one plugin before it is loaded.
    /// Errors: PluginRefusal: bad name, not found, found twice, or refused by its file.
    PluginDescription describe(const std::string& name) const;

    /// A new instance. Errors: PluginRefusal, also where the plugin is of the other kind or its
    /// library cannot be opened.
    std::unique_ptr<EventSource> makeSource(const std::string& name);
    std::unique_ptr<Transport> makeTransport(const std::string& name);

private:
    class Libraries;
    struct OpenPlugin;
    std::filesystem::path locate(const std::string& name) const;
    const OpenPlugin& open(const std::string& name, const std::string& kind);

    std::vector<std::filesystem::path> _folders;
    std::unique_ptr<Libraries> _libraries;
};

} // namespace notifyhost::host
