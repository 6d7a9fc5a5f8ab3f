#pragma once

#include "config/Findings.h"
#include "config/IniFile.h"
#include "config/SettingValues.h"
#include "log/Logger.h"

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace notifyhost::config {

struct HostSettings {
    std::vector<std::string> plugins;              ///< names; empty: those that pipelines need
    std::vector<std::filesystem::path> pluginPath; ///< folders, ':' between them in the file
    std::filesystem::path templates; ///< where the default templates lie, one folder a source
    std::filesystem::path state;     ///< empty: see stateFolder()
    std::chrono::hours ledgerKeep{24 * 400}; ///< ledger_keep_days
};

/// A queue: [PORCH] or [queue.NAME].
struct QueueSettings {
    std::string url; ///< http(s)://… or sqlite:PATH (made absolute)
    std::string adminToken;
    std::string pipelineToken; ///< pipeline_token or npg_porch_token
    bool insecure{};           ///< tokens may go over plain http to another host
    int connections{2};
    std::chrono::seconds connectTimeout{10};
    std::chrono::seconds answerTimeout{60}; ///< for one whole exchange
};

struct WarehouseKeys {
    bool configured{}; ///< [MySQL MLWH] is there
    std::filesystem::path dbfile;
    std::string host;
    int port{3306};
    std::string user;
    std::string password;
    std::string schema;
    bool tls{};
    std::filesystem::path caFile;
    std::chrono::seconds connectTimeout{10};
    std::chrono::seconds readTimeout{60};
};

enum class MailAddressing { individual, together };
enum class InDoubt { resend, hold };

/// What happens to a notification that says what was told before.
enum class Repeat { skip, tell };
enum class Stale { giveBack, report };

/// One [pipeline.NAME].
struct PipelineSettings {
    std::string name; ///< NAME
    std::string file;
    int line{};
    std::string porchName;
    std::string porchUri;
    std::string porchVersion;
    std::string porchToken;          ///< its own, else the queue's pipelineToken
    std::string queue;               ///< NAME of a [queue.NAME]; empty: [PORCH]
    std::string source;              ///< NAME of a [source.NAME], or a plugin's name
    std::string transport;           ///< NAME of a [transport.NAME], or a plugin's name
    std::filesystem::path templates; ///< the site's own folder; empty: none
    MailAddressing addressing{MailAddressing::individual};
    bool caseSensitiveAddresses{}; ///< before the @
    std::string redirectTo;        ///< empty: nobody
    int workers{4};
    int claimSize{100};
    InDoubt inDoubt{InDoubt::resend};
    Repeat repeat{Repeat::skip};
    Stale stale{Stale::giveBack};
    std::chrono::seconds giveUpAfter{std::chrono::hours{120}};
    std::chrono::seconds staleAfter{std::chrono::hours{6}};
    std::chrono::minutes maxRun{45};
    int maxPerRun{};             ///< 0: off
    int maxPerRecipientPerDay{}; ///< 0: off
};

/// What [source.NAME] or [transport.NAME] stands for.
struct PluginReference {
    std::string section; ///< "source.runs"; also where no such section exists
    std::string plugin;  ///< the plugin's name
};

/// Whose secrets are read. Those of a source or a transport are read with its settings().
struct SecretsUsed {
    std::string pipeline;  ///< NAME: what a command about it alone uses; empty: all
    bool adminToken{true}; ///< of the pipeline's queue
};

/// The whole configuration, checked but for what plugins must say about their own sections.
class Configuration {
public:
    /// Reads and checks everything that does not need a plugin. Registers every secret that it
    /// reads with the redactor. Never throws for what the file says: look at findings.
    /// complete: may give sections what the file leaves out, before anything is checked.
    using Complete = std::function<void(IniFile&, Findings&)>;
    static Configuration load(const std::filesystem::path& file, Grammar grammar,
                              log::Redactor& redactor, Findings& findings,
                              const Complete& complete = {}, const SecretsUsed& used = {});

    const std::filesystem::path& file() const { return _file; }

    /// What the file says, values as they stand there.
    const IniFile& ini() const { return _ini; }

    const HostSettings& host() const { return _host; }
    const std::vector<PipelineSettings>& pipelines() const { return _pipelines; }
    const PipelineSettings* pipeline(const std::string& name) const;

    /// The queue of a pipeline: its own, or [PORCH].
    const QueueSettings& queue(const PipelineSettings& pipeline) const;

    /// Whether something found in this section is a fault of the pipeline: one in its own sections
    /// or in those that all share, none in another pipeline's.
    bool concerns(const PipelineSettings& pipeline, const std::string& section) const;
    const WarehouseKeys& warehouse() const { return _warehouse; }

    /// [SSL] ssl_cert_file; empty: system certificates only.
    const std::filesystem::path& caFile() const { return _caFile; }

    /// kind is "source" or "transport", name what a pipeline says.
    PluginReference reference(const std::string& kind, const std::string& name) const;

    /// All [source.*] and [transport.*] sections and all that pipelines name without one.
    std::vector<PluginReference> references() const;

    /// The values for a plugin's table from its section, from aliases, and from overrides (the
    /// command line, which wins). Every unknown key, bad value and missing required one is a
    /// finding.
    SettingValues settings(const PluginReference& reference, const std::vector<Setting>& table,
                           const std::map<std::string, std::string>& overrides,
                           log::Redactor& redactor, Findings& findings) const;

    /// Where the state lies: as configured, else $STATE_DIRECTORY, else /var/lib/notifyhost if
    /// writable, else $XDG_STATE_HOME/notifyhost or ~/.local/state/notifyhost.
    std::filesystem::path stateFolder() const;

private:
    std::filesystem::path _file;
    Grammar _grammar{Grammar::ours};
    IniFile _ini;
    HostSettings _host;
    QueueSettings _porch;
    std::map<std::string, QueueSettings> _queues;
    WarehouseKeys _warehouse;
    std::filesystem::path _caFile;
    std::vector<PipelineSettings> _pipelines;
    std::map<std::string, std::string> _plugins; ///< by section
};

/// Creates the state folder with mode 0700 where it is missing.
/// Errors: storage::StorageError for one that cannot be made or written, that others may enter or
///         could exchange, that is another user's, or that lies on a network file system.
void prepareStateFolder(const std::filesystem::path& folder);

} // namespace notifyhost::config
