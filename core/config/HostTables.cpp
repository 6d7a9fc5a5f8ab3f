#include "config/HostTables.h"

namespace notifyhost::config {

namespace {

constexpr auto kOptional = Need::optional;
constexpr auto kRequired = Need::required;
constexpr auto kOpen = Secrecy::open;
constexpr auto kSecret = Secrecy::secret;

Setting number(const char* name, const char* fallback, const char* help, std::int64_t minimum,
               std::int64_t maximum)
{
    return {name, Kind::integer, fallback, help, kOptional, kOpen, {}, {}, minimum, maximum};
}

Setting choice(const char* name, const char* help, const std::vector<std::string>& choices)
{
    return {name, Kind::choice, choices.front(), help, kOptional, kOpen, {}, choices};
}

Setting secret(const char* name, const char* help)
{
    return {name, Kind::text, "", help, kOptional, kSecret};
}

} // namespace

std::vector<Setting> hostTable()
{
    return {
        {"plugins", Kind::text, "",
         "plugins to load, with commas between; all needed ones if absent"},
        {"plugin_path", Kind::text, "", "folders that hold plugins, with : between"},
        {"templates", Kind::path, "", "folder of the default templates"},
        {"state", Kind::path, "", "folder of the ledger and locks"},
        number("ledger_keep_days", "400", "days that a finished task stays in the ledger", 1,
               36500),
    };
}

std::vector<Setting> porchTable()
{
    std::vector<Setting> result = queueTable();
    result.front().need = kOptional;
    result.push_back({"api_url", Kind::text, "", "another name of url"});
    result.push_back(secret("npg_porch_token", "another name of pipeline_token"));
    for (const char* name :
         {"pipeline_name", "pipeline_uri", "pipeline_version", "ont_pipeline_version"})
    {
        result.push_back({name, Kind::text, "", "the pipeline of the old command names"});
    }
    return result;
}

std::vector<Setting> queueTable()
{
    return {
        {"url", Kind::text, "", "where the queue is: https://… or sqlite:PATH", kRequired},
        secret("admin_token", "token that register and token need"),
        secret("pipeline_token", "token of the pipelines that have none of their own"),
        {"insecure", Kind::flag, "no",
         "yes: tokens may go over plain http to a host that is not this one"},
        number("connections", "2", "connections to the server at one time, for one command", 1, 64),
        number("connect_timeout_seconds", "10", "limit for connecting to the server", 1, 3600),
        number("answer_timeout_seconds", "60", "limit for one request and its answer", 1, 3600),
    };
}

std::vector<Setting> warehouseTable()
{
    return {
        {"dbfile", Kind::path, "", "SQLite file in place of a server"},
        {"dbhost", Kind::text, "", "host of the warehouse's server"},
        number("dbport", "3306", "its port", 1, 65535),
        {"dbuser", Kind::text, "", "account to log in with"},
        secret("dbpassword", "its password"),
        {"dbschema", Kind::text, "", "name of the warehouse's schema"},
        choice("tls", "whether the connection must be encrypted", {"off", "required"}),
        {"ca_file", Kind::path, "", "certificates that sign the server's, PEM"},
        number("connect_timeout_seconds", "10", "limit for connecting", 1, 3600),
        number("read_timeout_seconds", "60", "limit for one answer", 1, 3600),
    };
}

std::vector<Setting> sslTable()
{
    return {{"ssl_cert_file", Kind::path, "", "certificates to trust beside the system's, PEM"}};
}

std::vector<Setting> pipelineTable()
{
    return {
        {"porch_name", Kind::text, "", "name of the pipeline in the queue", kRequired},
        {"porch_uri", Kind::text, "", "uri of the pipeline in the queue", kRequired},
        {"porch_version", Kind::text, "", "version of the pipeline in the queue", kRequired},
        secret("porch_token", "the pipeline's token"),
        {"queue", Kind::text, "", "NAME of a [queue.NAME]; [PORCH] if absent"},
        {"source", Kind::text, "", "NAME of a [source.NAME], or an event source plugin", kRequired},
        {"transport", Kind::text, "", "NAME of a [transport.NAME], or a transport plugin",
         kRequired},
        {"templates", Kind::path, "", "folder of the site's own templates"},
        choice("addressing", "one message per person, or one for all", {"individual", "together"}),
        {"case_sensitive_addresses", Kind::flag, "no",
         "yes: addresses that differ in the case of letters before the @ are two people"},
        {"redirect_to", Kind::mailbox, "", "mail address that gets everything instead"},
        number("workers", "4", "tasks worked on at one time", 1, 64),
        number("claim_size", "100", "tasks claimed at one time", 1, 1000),
        choice("in_doubt", "what to do with a message that may have left", {"resend", "hold"}),
        choice("repeat", "what to do with a notification that says what was told before",
               {"skip", "tell"}),
        choice("stale", "what to do with claims that nobody works on", {"return", "report"}),
        {"give_up_after", Kind::text, "5 d", "how long delivery is tried"},
        {"stale_after", Kind::text, "6 h", "how long a claim may be untouched"},
        number("max_run_minutes", "45", "when a run ends at the latest", 1, 10080),
        number("max_per_run", "0", "messages of one run, 0: no limit", 0, 1'000'000'000),
        number("max_per_recipient_per_day", "0", "messages to one address a day, 0: no limit", 0,
               1'000'000'000),
    };
}

std::vector<Setting> pluginTable()
{
    return {{"plugin", Kind::text, "", "name of the plugin", kRequired}};
}

std::vector<Setting> aliasTable(const std::string& section)
{
    std::vector<Setting> result;
    std::vector<std::string> keys;
    if (section == "LANGQC") {
        keys = {"api_url", "recently_qced_path", "pac_bio_well_libraries_path",
                "pac_bio_run_iu_path"};
    } else if (section == "IRODS") {
        keys = {"user_manual_url"};
    } else if (section == "MAIL") {
        keys = {"domain",
                "host",
                "port",
                "tls",
                "tls_unverified",
                "user",
                "from",
                "reply_to",
                "envelope_from",
                "helo",
                "ca_file",
                "connect_timeout_seconds",
                "greeting_timeout_seconds",
                "helo_timeout_seconds",
                "mail_timeout_seconds",
                "rcpt_timeout_seconds",
                "data_timeout_seconds",
                "data_block_timeout_seconds",
                "final_timeout_seconds",
                "max_messages_per_connection"};
        result.push_back(secret("password", "read by plugins"));
    }
    for (const std::string& key : keys) {
        result.push_back({key, Kind::text, "", "read by plugins"});
    }
    return result;
}

std::string misspeltLangqcKey(const std::string& key)
{
    for (const char* name : {"recently_qced", "pac_bio_well_libraries", "pac_bio_run_iu"}) {
        if (key == std::string(name) + "_url") {
            return std::string(name) + "_path";
        }
    }
    return "";
}

} // namespace notifyhost::config
