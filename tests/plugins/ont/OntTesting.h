#pragma once

#include "config/SettingValues.h"
#include "support/SourceTesting.h"

#include <notifyhost/EventSource.h>
#include <notifyhost/Plugin.h>

#include <Poco/ClassLibrary.h>
#include <Poco/Manifest.h>
#include <Poco/SHA2Engine.h>

#include <map>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace notifyhost::test {

/// The lines of a text without their ends; the last needs none.
inline std::vector<std::string> linesOf(const std::string& text)
{
    std::vector<std::string> result;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) {
        result.push_back(line);
    }
    return result;
}

inline std::string sha256(const std::string& text)
{
    Poco::SHA2Engine engine(Poco::SHA2Engine::SHA_256);
    engine.update(text);
    return Poco::DigestEngine::digestToHex(engine.digest());
}

/// A line of baton JSON with these values as they stand in JSON.
inline std::string batonLine(const std::string& slot, const std::string& path = "\"/seq/ont/1\"",
                             const std::string& experiment = "\"E1\"", const std::string& more = "")
{
    return R"({"collection": )" + path +
           R"(, "avus": [{"attribute": "ont:experiment_name", "value": )" + experiment +
           R"(}, {"attribute": "ont:flowcell_id", "value": "F1"}, )"
           R"({"attribute": "ont:instrument_slot", "value": )" +
           slot + "}]" + more + "}";
}

/// An instance of the plugin, made as the host makes it.
inline std::unique_ptr<EventSource> makeOntSource()
{
    Poco::Manifest<EventSource> manifest;
    pocoBuildManifest(&manifest);
    return std::unique_ptr<EventSource>(manifest.begin()->create());
}

/// Services with a warehouse alone, which counts its questions. The others throw.
class WarehouseOnly : public Services, private Warehouse {
public:
    /// Without a warehouse every question is an error.
    explicit WarehouseOnly(Warehouse* answers = nullptr) : _answers(answers) {}

    Http& http() override { throw std::logic_error("no HTTP here"); }
    Warehouse& warehouse() override { return *this; }
    Log& log() override { throw std::logic_error("no log here"); }
    const Clock& clock() override { throw std::logic_error("no clock here"); }
    Network& network() override { throw std::logic_error("no network here"); }

    int questions{};

private:
    Warehouse& answers()
    {
        ++questions;
        if (_answers == nullptr) {
            throw ServiceError(ServiceError::Kind::unavailable, "the warehouse is down");
        }
        return *_answers;
    }

    std::vector<Row> query(std::string_view sql,
                           const std::vector<std::string>& parameters) override
    {
        return answers().query(sql, parameters);
    }

    std::vector<StudyContacts> contacts(const std::vector<std::string>& studyNumbers) override
    {
        return answers().contacts(studyNumbers);
    }

    Warehouse* _answers;
};

/// Configures a source with `event` as given, or as it is where the key is absent.
inline std::vector<Problem> configureOnt(EventSource& source, Services& services,
                                         std::map<std::string, std::string> values = {})
{
    const config::SettingValues settings(source.settings(), std::move(values));
    return source.configure(settings, services);
}

} // namespace notifyhost::test
