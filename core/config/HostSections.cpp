#include "config/HostSections.h"

#include "config/HostTables.h"
#include "config/ValueText.h"

#include <notifyhost/Mime.h>
#include <notifyhost/TrustedFile.h>

#include <Poco/String.h>

#include <system_error>

#include <arpa/inet.h>
#include <netinet/in.h>

namespace notifyhost::config {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kHost = "host";
constexpr std::string_view kPorch = "PORCH";
constexpr std::string_view kWarehouse = "MySQL MLWH";
constexpr std::string_view kSsl = "SSL";
constexpr std::string_view kEmbedded = "sqlite:";

/// What docs/model is about; nothing is claimed for less.
constexpr std::chrono::hours kProvenStaleAfter{6};

std::vector<std::string> split(std::string_view text, std::string_view separators)
{
    std::vector<std::string> result;
    while (!text.empty()) {
        const auto end = std::min(text.find_first_of(separators), text.size());
        const std::string part(trimmed(text.substr(0, end)));
        if (!part.empty() && std::find(result.begin(), result.end(), part) == result.end()) {
            result.push_back(part);
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return result;
}

void requireFolder(SectionReader& reader, const std::string& section, const std::string& key,
                   const fs::path& folder)
{
    std::error_code error;
    if (!folder.empty() && !fs::is_directory(folder, error)) {
        reader.complain(section, key, folder.string() + " is not there, or is not a folder");
    }
}

void requireReadable(SectionReader& reader, const std::string& section, const std::string& key,
                     const fs::path& file)
{
    if (file.empty()) {
        return;
    }
    try {
        TrustedFile::open(file, FileUse::authorities);
    } catch (const FileRefusal& refusal) {
        reader.complain(section, key, file.string() + " " + refusal.what());
    }
}

/// The URL ready for use; empty after a complaint.
std::string queueUrl(SectionReader& reader, const std::string& section, const std::string& key,
                     const std::string& url)
{
    if (url.starts_with(kEmbedded)) {
        const std::string path = url.substr(kEmbedded.size());
        if (path.empty()) {
            reader.complain(section, key, "sqlite: must be followed by the path of a file");
            return "";
        }
        return std::string(kEmbedded) + reader.fromFileOf(section, key, path).string();
    }
    const Setting row{key, Kind::url, "", "", Need::required};
    const std::string wrong = checkValue(row, url);
    if (!wrong.empty()) {
        reader.complain(section, key, wrong + "; or sqlite:PATH for the embedded queue");
        return "";
    }
    return url;
}

/// The host of a URL that has been checked.
std::string hostOf(std::string_view url)
{
    std::string_view rest = url.substr(url.find("://") + 3);
    rest = rest.substr(0, rest.find_first_of("/?#\\"));
    const auto end = rest.starts_with('[') ? rest.find(']') + 1 : rest.find(':');
    return Poco::toLower(std::string(rest.substr(0, end)));
}

bool isLoopback(const std::string& host)
{
    in_addr four{};
    in6_addr six{};
    if (::inet_pton(AF_INET, host.c_str(), &four) == 1) {
        return (ntohl(four.s_addr) >> 24U) == IN_LOOPBACKNET;
    }
    if (host.starts_with('[') &&
        ::inet_pton(AF_INET6, host.substr(1, host.size() - 2).c_str(), &six) == 1)
    {
        return IN6_IS_ADDR_LOOPBACK(&six);
    }
    return host == "localhost";
}

QueueSettings queueSettings(SectionReader& reader, const std::string& section,
                            const SettingValues& values)
{
    QueueSettings result;
    if (values.has("url")) {
        result.url = queueUrl(reader, section, "url", values.text("url"));
    }
    result.adminToken = values.text("admin_token");
    result.pipelineToken = values.text("pipeline_token");
    result.insecure = values.flag("insecure");
    result.connections = static_cast<int>(values.integer("connections"));
    result.connectTimeout = std::chrono::seconds{values.integer("connect_timeout_seconds")};
    result.answerTimeout = std::chrono::seconds{values.integer("answer_timeout_seconds")};
    return result;
}

/// least: with its unit, as in the file.
std::chrono::seconds duration(SectionReader& reader, const std::string& section,
                              const std::string& key, const SettingValues& values,
                              const std::string& least)
{
    constexpr std::chrono::hours kMost{24 * 365};
    const auto result = readDuration(values.text(key));
    if (!result) {
        reader.complain(section, key,
                        "is not a duration: write a whole number and s, m, h or d, such as 5 d");
    } else if (*result < readDuration(least) || *result > kMost) {
        reader.complain(section, key, "must be from " + least + " to 365 d");
    } else {
        return *result;
    }
    return kMost;
}

int count(const SettingValues& values, std::string_view key)
{
    return static_cast<int>(values.integer(key));
}

} // namespace

HostSettings readHost(SectionReader& reader)
{
    const std::string section(kHost);
    const SettingValues values = reader.read(section, hostTable());
    HostSettings result;
    result.plugins = split(values.text("plugins"), ",\n");
    for (const std::string& folder : split(values.text("plugin_path"), ":\n")) {
        result.pluginPath.push_back(reader.fromFileOf(section, "plugin_path", folder));
    }
    result.templates = values.text("templates");
    requireFolder(reader, section, "templates", result.templates);
    result.state = values.text("state");
    result.ledgerKeep = std::chrono::hours{24 * values.integer("ledger_keep_days")};
    return result;
}

WarehouseKeys readWarehouse(SectionReader& reader, const IniFile& ini)
{
    const std::string section(kWarehouse);
    WarehouseKeys result;
    result.configured = ini.find(section) != nullptr;
    if (!result.configured) {
        return result;
    }
    const SettingValues values = reader.read(section, warehouseTable());
    result.dbfile = values.text("dbfile");
    result.host = values.text("dbhost");
    result.port = count(values, "dbport");
    result.user = values.text("dbuser");
    result.password = values.text("dbpassword");
    result.schema = values.text("dbschema");
    result.tls = values.text("tls") == "required";
    result.caFile = values.text("ca_file");
    result.connectTimeout = std::chrono::seconds{values.integer("connect_timeout_seconds")};
    result.readTimeout = std::chrono::seconds{values.integer("read_timeout_seconds")};
    requireReadable(reader, section, "ca_file", result.caFile);
    const IniSection& keys = *ini.find(section);
    if (keys.find("dbfile") != nullptr && keys.find("dbhost") != nullptr) {
        reader.complain(section, "dbfile",
                        "dbhost is given as well, at " + reader.placeOf(section, "dbhost") +
                            "; a warehouse is either a file or on a server: remove one of the two");
    } else if (keys.find("dbfile") == nullptr) {
        for (const char* key : {"dbhost", "dbuser", "dbschema"}) {
            if (!values.has(key)) {
                reader.complain(section, key,
                                "is missing; a warehouse on a server needs dbhost, dbuser and "
                                "dbschema, one in an SQLite file needs dbfile alone");
            }
        }
    }
    return result;
}

fs::path readCaFile(SectionReader& reader)
{
    const std::string section(kSsl);
    const fs::path result = reader.read(section, sslTable()).text("ssl_cert_file");
    requireReadable(reader, section, "ssl_cert_file", result);
    return result;
}

PorchKeys readPorch(SectionReader& reader, const IniFile& ini)
{
    const std::string section(kPorch);
    if (ini.find(section) == nullptr) {
        return {};
    }
    const SettingValues values = reader.read(section, porchTable());
    PorchKeys result{queueSettings(reader, section, values), ""};
    if (values.has("api_url")) {
        const std::string url = queueUrl(reader, section, "api_url", values.text("api_url"));
        if (!values.has("url")) {
            result.settings.url = url;
        } else if (!url.empty() && !result.settings.url.empty() && url != result.settings.url) {
            reader.complain(section, "api_url",
                            "names another queue than url at " + reader.placeOf(section, "url") +
                                "; they mean the same: remove one, or give the second queue a "
                                "section [queue.NAME]");
        }
    } else if (!values.has("url") && ini.find(section)->find("url") == nullptr) {
        reader.complain(section, "url",
                        "is missing: where the queue is, https://… or sqlite:PATH; may also be "
                        "called api_url");
    }
    const std::string token = values.text("npg_porch_token");
    if (result.settings.pipelineToken.empty()) {
        result.settings.pipelineToken = token;
    } else if (!token.empty() && token != result.settings.pipelineToken) {
        result.tokenClash = "pipeline_token and npg_porch_token of [PORCH] (" +
                            reader.placeOf(section, "pipeline_token") + " and " +
                            reader.placeOf(section, "npg_porch_token") + ") differ";
    }
    return result;
}

QueueSettings readQueue(SectionReader& reader, const std::string& section)
{
    return queueSettings(reader, section, reader.read(section, queueTable()));
}

void requireCover(SectionReader& reader, const std::string& section, const QueueSettings& queue)
{
    const std::string scheme = Poco::toLower(queue.url.substr(0, queue.url.find(':')));
    if (queue.insecure || scheme != "http" || isLoopback(hostOf(queue.url))) {
        return;
    }
    reader.complain(section, reader.has(section, "url") ? "url" : "api_url",
                    "tokens would go to " + hostOf(queue.url) +
                        " over plain http, where everybody on the way can read them; write "
                        "https://…, or, where that is really meant, insecure = yes in [" +
                        section + "]");
}

PipelineSettings readPipeline(SectionReader& reader, const IniSection& section)
{
    const std::string& name = section.name;
    const SettingValues values = reader.read(name, pipelineTable());
    PipelineSettings result;
    result.name = name.substr(name.find('.') + 1);
    result.file = section.file;
    result.line = section.line;
    result.porchName = values.text("porch_name");
    result.porchUri = values.text("porch_uri");
    result.porchVersion = values.text("porch_version");
    result.porchToken = values.text("porch_token");
    result.queue = values.text("queue");
    result.source = values.text("source");
    result.transport = values.text("transport");
    result.templates = values.text("templates");
    requireFolder(reader, name, "templates", result.templates);
    if (values.text("addressing") == "together") {
        result.addressing = MailAddressing::together;
    }
    result.caseSensitiveAddresses = values.flag("case_sensitive_addresses");
    if (values.has("redirect_to")) {
        result.redirectTo = parseMailbox(values.text("redirect_to")).address;
    }
    result.workers = count(values, "workers");
    result.claimSize = count(values, "claim_size");
    result.repeat = values.text("repeat") == "tell" ? Repeat::tell : Repeat::skip;
    result.inDoubt = values.text("in_doubt") == "hold" ? InDoubt::hold : InDoubt::resend;
    result.stale = values.text("stale") == "report" ? Stale::report : Stale::giveBack;
    result.giveUpAfter = duration(reader, name, "give_up_after", values, "1 s");
    // Claims younger than an hour may still be worked on by another host.
    result.staleAfter = duration(reader, name, "stale_after", values, "2 h");
    if (result.staleAfter < kProvenStaleAfter) {
        reader.warn(name, "stale_after",
                    "below 6 h a task that is given back several times in a row may be told twice; "
                    "docs/delivery.md tells when");
    }
    result.maxRun = std::chrono::minutes{values.integer("max_run_minutes")};
    result.maxPerRun = count(values, "max_per_run");
    result.maxPerRecipientPerDay = count(values, "max_per_recipient_per_day");
    return result;
}

} // namespace notifyhost::config
