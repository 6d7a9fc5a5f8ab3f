#pragma once

#include "config/SettingValues.h"
#include "net/HttpExchange.h"
#include "support/LangQcStandIn.h"
#include "support/RecordingContext.h"
#include "support/SourceTesting.h"

#include <notifyhost/Plugin.h>

#include <Poco/ClassLibrary.h>
#include <Poco/Manifest.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>

namespace notifyhost::test {

/// An instance of the plugin, made as the host makes it.
inline std::unique_ptr<EventSource> makePacBioSource()
{
    Poco::Manifest<EventSource> manifest;
    pocoBuildManifest(&manifest);
    return std::unique_ptr<EventSource>(manifest.begin()->create());
}

/// The host's own HTTP client and warehouse; the warehouse counts its questions.
class RealServices : public Services, private Warehouse, private Clock {
public:
    Http& http() override { return *_http; }
    Warehouse& warehouse() override { return *this; }
    Log& log() override { return _log; }
    const Clock& clock() override { return *this; }
    Network& network() override
    {
        throw std::logic_error("this source has no protocol of its own");
    }

    int questions{};
    bool warehouseDown{};

private:
    std::vector<Row> query(std::string_view, const std::vector<std::string>&) override
    {
        throw std::logic_error("this source has no SQL of its own");
    }

    std::vector<StudyContacts> contacts(const std::vector<std::string>& studyNumbers) override
    {
        ++questions;
        if (warehouseDown) {
            throw ServiceError(ServiceError::Kind::unavailable, "the warehouse is down");
        }
        return _rows->contacts(studyNumbers);
    }

    std::chrono::system_clock::time_point wall() const override
    {
        return std::chrono::system_clock::now();
    }
    std::chrono::steady_clock::time_point steady() const override
    {
        return std::chrono::steady_clock::now();
    }

    std::unique_ptr<Http> _http{net::makeHttp({})};
    std::unique_ptr<Warehouse> _rows{warehouse::openWarehouse(sampleWarehouse())};
    RecordingLog _log;
};

/// The plugin with LangQC's stand-in and the sample warehouse.
class PacBio : public ::testing::Test {
protected:
    PacBio() { EXPECT_THAT(configure(), ::testing::IsEmpty()); }

    /// Starts with a new instance. values: setting by name, beside LangQC's URL.
    std::vector<Problem> configure(std::map<std::string, std::string> values = {})
    {
        source = makePacBioSource();
        values.try_emplace("langqc_url", langQc.url());
        const config::SettingValues settings(source->settings(), std::move(values));
        return source->configure(settings, services);
    }

    FoundEvents discover()
    {
        TextInput input("");
        FoundEvents found;
        source->discover(input, found);
        return found;
    }

    /// Why discover() cannot go on.
    ServiceError discoverError()
    {
        try {
            discover();
        } catch (const ServiceError& error) {
            return error;
        }
        ADD_FAILURE() << "it went on";
        return {ServiceError::Kind::unavailable, ""};
    }

    Composed compose(const std::string& input, std::set<std::string> frozenKeys = {})
    {
        Composed composed;
        composed.frozenKeys = std::move(frozenKeys);
        source->compose(taskOf(input), composed);
        return composed;
    }

    /// A task's input as the sample's list of recent states has it.
    std::string sampleTask(const std::string& product)
    {
        for (const FoundEvent& event : discover().events) {
            if (event.origin == "product " + product) {
                return event.inputJson;
            }
        }
        throw std::logic_error("the sample has no product " + product);
    }

    LangQcStandIn langQc;
    RealServices services;
    std::unique_ptr<EventSource> source;
};

} // namespace notifyhost::test
