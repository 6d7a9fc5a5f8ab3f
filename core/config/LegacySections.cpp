#include "config/LegacySections.h"

#include "config/HostTables.h"

#include <array>
#include <filesystem>
#include <system_error>

namespace notifyhost::config {

namespace {

constexpr const char* kPorch = "PORCH";
constexpr const char* kMail = "MAIL";
constexpr const char* kLangqc = "LANGQC";
constexpr const char* kTransport = "transport.mail";

/// What the ONT tool had in its code. The version was its release; from now on it stays put.
constexpr const char* kOntPorchName = "ont-event-email";
constexpr const char* kOntPorchUri = "https://github.com/wtsi/npg_notifications.git";
constexpr const char* kOntPorchVersion = "0.4.4";

/// Stands for a value whose absence is reported already.
constexpr const char* kMissing = "missing";

struct ToolName {
    LegacyTool tool;
    std::string_view command;
    const char* pipeline; ///< also the name of the event source's plugin
};

constexpr std::array kTools{
    ToolName{LegacyTool::ont, "npg_ont_event_notification", "ont"},
    ToolName{LegacyTool::pacbio, "npg_qc_state_notification", "pacbio"},
};

const ToolName& named(LegacyTool tool)
{
    return *std::find_if(kTools.begin(), kTools.end(),
                         [&](const ToolName& each) { return each.tool == tool; });
}

/// Adds to one file's sections. Owner: holds references only.
class Completion {
public:
    Completion(LegacyTool tool, const Environment& environment, IniFile& ini, Findings& findings)
        : _environment(environment),
          _ini(ini),
          _findings(findings),
          _pipeline("pipeline." + legacyPipeline(tool))
    {
    }

    void ontPipeline()
    {
        moveUrl("url", "api_url");
        moveToken("pipeline_token", "npg_porch_token");
        supply(_pipeline, "porch_name", kOntPorchName);
        supply(_pipeline, "porch_uri", kOntPorchUri);
        const IniEntry* version = find(kPorch, "ont_pipeline_version");
        // In a file for both tools these keys are the other one's.
        const IniEntry* name = find(kPorch, "pipeline_name");
        if (version == nullptr && (name == nullptr || name->value == kOntPorchName)) {
            version = find(kPorch, "pipeline_version");
        }
        if (version != nullptr && !version->value.empty()) {
            copy(*version, _pipeline, "porch_version");
        }
        supply(_pipeline, "porch_version", kOntPorchVersion);
        supply(_pipeline, "source", "ont");
    }

    void pacbioPipeline()
    {
        moveUrl("api_url", "url");
        moveToken("npg_porch_token", "pipeline_token");
        for (const char* part : {"name", "uri", "version"}) {
            const std::string key = std::string("pipeline_") + part;
            const std::string ours = std::string("porch_") + part;
            const IniEntry* entry = find(kPorch, key);
            if (entry != nullptr && !entry->value.empty()) {
                copy(*entry, _pipeline, ours);
            } else if (find(_pipeline, ours) == nullptr) {
                complain(kPorch, key, entry == nullptr ? "is missing" : "is empty");
                supply(_pipeline, ours, kMissing);
            }
        }
        supply(_pipeline, "source", "pacbio");
    }

    /// `domain` stands for a server, a sender and the manner of the Python tools.
    void transport(const std::string& user)
    {
        supply(_pipeline, "transport", "mail");
        // Their mails stay as they were.
        const std::pair<const char*, const char*> habits[] = {{"addressing", "together"},
                                                              {"case_sensitive_addresses", "yes"}};
        for (const auto& [key, before] : habits) {
            if (const IniEntry* given = find(kMail, key)) {
                copy(*given, _pipeline, key);
                _ini.drop(kMail, key);
            }
            supply(_pipeline, key, before);
        }
        supply(kTransport, "plugin", "email");
        if (find(kTransport, "plugin")->value != "email") {
            return;
        }
        const IniEntry* domain = find(kMail, "domain");
        const bool given = domain != nullptr && !domain->value.empty();
        if (given && domain->defect.empty()) {
            derive(*domain, "host", "mail." + domain->value);
            derive(*domain, "from", user + "@" + domain->value);
        } else if (!given && (!isMailKey("host") || !isMailKey("from"))) {
            complain(kMail, "domain",
                     std::string(domain == nullptr ? "is missing" : "is empty") +
                         ": mails go to the server mail.DOMAIN, from the user's name at DOMAIN; "
                         "or give host and from in its place");
            supply(kTransport, "host", kMissing);
            supply(kTransport, "from", user + "@" + kMissing + ".invalid");
        }
        if (!isMailKey("tls")) { // whose usual port is 25
            supply(kTransport, "tls", "opportunistic");
        }
    }

    /// The certificates that the Python tool's HTTP library was told to trust.
    void certificates()
    {
        for (const char* variable : {"REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"}) {
            const char* value = _environment(variable);
            if (value == nullptr || *value == '\0' || find("SSL", "ssl_cert_file") != nullptr) {
                continue;
            }
            std::error_code error;
            if (!std::filesystem::is_regular_file(value, error)) {
                complain("SSL", "ssl_cert_file",
                         std::string("the environment's ") + variable + " names " + value +
                             ", which is not a file; name here, or there, a file that holds the "
                             "certificates to trust, one after the other");
            }
            supply("SSL", "ssl_cert_file", std::filesystem::absolute(value).string());
        }
    }

    /// The sample file of the PacBio tool has other names than its code. Returns them, as `a (line
    /// 1) as b`.
    std::string renameLangqcKeys()
    {
        const IniSection* section = _ini.find(kLangqc);
        const auto entries = section == nullptr ? std::vector<IniEntry>{} : section->entries;
        std::string renamed;
        for (IniEntry entry : entries) {
            const std::string meant = misspeltLangqcKey(entry.key);
            if (!meant.empty() && find(kLangqc, meant) == nullptr) {
                renamed += (renamed.empty() ? "" : ", ") + entry.key + " (line " +
                           std::to_string(entry.line) + ") as " + meant;
                _ini.drop(kLangqc, entry.key);
                entry.key = meant;
                _ini.supply(kLangqc, std::move(entry));
            }
        }
        return renamed;
    }

    void warnRenamed(const std::string& renamed)
    {
        if (!renamed.empty()) {
            const IniSection& section = *_ini.find(kLangqc);
            _findings.add({Finding::Severity::warning, section.file, section.line, kLangqc, "",
                           "read are " + renamed + "; better use the second names"});
        }
    }

private:
    const IniEntry* find(const std::string& section, const std::string& key) const
    {
        const IniSection* found = _ini.find(section);
        return found == nullptr ? nullptr : found->find(key);
    }

    void supply(const std::string& section, const std::string& key, const std::string& value)
    {
        _ini.supply(section, {key, value, _ini.file(), 0, false, ""});
    }

    /// Not by reference: the entry may move when a section is made.
    void copy(IniEntry entry, const std::string& section, const std::string& key)
    {
        // A value that cannot be read is reported where it stands.
        entry.value = entry.defect.empty() ? entry.value : kMissing;
        entry.defect.clear();
        entry.key = key;
        _ini.supply(section, std::move(entry));
    }

    /// Whether the file says it itself, in either section.
    bool isMailKey(const std::string& key) const
    {
        return find(kMail, key) != nullptr || find(kTransport, key) != nullptr;
    }

    void derive(IniEntry entry, const std::string& key, std::string value)
    {
        if (!isMailKey(key)) {
            entry.key = key;
            entry.value = std::move(value);
            _ini.supply(kTransport, std::move(entry));
        }
    }

    /// Both names are known, but in a file for both tools each may name its own server.
    void moveUrl(const std::string& own, const std::string& other)
    {
        if (find(kPorch, own) != nullptr) {
            _ini.drop(kPorch, other);
        } else if (find(kPorch, other) == nullptr) {
            complain(kPorch, own, "is missing: where porch is, https://…");
            supply(kPorch, own, "https://missing.invalid/");
        }
    }

    /// A token is good for one pipeline only, so the other tool's is of no use.
    void moveToken(const std::string& own, const std::string& other)
    {
        for (const char* suffix : {"", "_file"}) {
            if (const IniEntry* token = find(kPorch, own + suffix)) {
                const std::string ours = std::string("porch_token") + suffix;
                if (token->defect.empty() && !token->value.empty()) {
                    copy(*token, _pipeline, ours);
                }
            }
            _ini.drop(kPorch, other + suffix);
        }
    }

    void complain(const std::string& section, const std::string& key, std::string text)
    {
        const IniSection* found = _ini.find(section);
        const IniEntry* entry = found == nullptr ? nullptr : found->find(key);
        const int line = entry != nullptr ? entry->line : found != nullptr ? found->line : 0;
        _findings.add({Finding::Severity::error, _ini.file(), line, section, key, std::move(text)});
    }

    const Environment& _environment;
    IniFile& _ini;
    Findings& _findings;
    std::string _pipeline;
};

} // namespace

std::string_view commandName(LegacyTool tool)
{
    return named(tool).command;
}

std::optional<LegacyTool> legacyTool(std::string_view command)
{
    for (const ToolName& each : kTools) {
        if (each.command == command) {
            return each.tool;
        }
    }
    return std::nullopt;
}

std::string legacyPipeline(LegacyTool tool)
{
    return named(tool).pipeline;
}

void completeLegacy(LegacyTool tool, const Environment& environment, const std::string& user,
                    IniFile& ini, Findings& findings)
{
    if (findings.hasErrors() && ini.sections().empty()) {
        return; // there is no file; what it lacks is no news
    }
    Completion completion(tool, environment, ini, findings);
    const std::string renamed = completion.renameLangqcKeys();
    if (tool == LegacyTool::ont) {
        completion.ontPipeline();
        completion.certificates();
    } else {
        completion.warnRenamed(renamed);
        completion.pacbioPipeline();
    }
    const char* shown = environment("USER");
    completion.transport(shown != nullptr && *shown != '\0' ? shown : user);
}

} // namespace notifyhost::config
