#include "WellFacts.h"

#include <Poco/JSON/Array.h>

#include <algorithm>
#include <set>

namespace notifyhost::pacbio {

namespace {

/// As many samples are named in a message; the rest is counted.
constexpr std::size_t kNamed = 5;

Poco::Dynamic::Var orNull(const std::optional<std::string>& text)
{
    return text ? Poco::Dynamic::Var(*text) : Poco::Dynamic::Var();
}

// Lists are shared objects, which a growing list and a copy of the facts do not copy.
Poco::JSON::Object::Ptr libraryFacts(const Library& library)
{
    Poco::JSON::Array::Ptr tags = new Poco::JSON::Array;
    std::string text;
    for (const std::string& sequence : library.tags) {
        Poco::JSON::Object::Ptr entry = new Poco::JSON::Object;
        entry->set("tag", sequence);
        tags->add(entry);
        text += (text.empty() ? "" : " ") + sequence;
    }
    Poco::JSON::Object::Ptr facts = new Poco::JSON::Object;
    facts->set("sample_name", library.sampleName);
    facts->set("sample_id", library.sampleId);
    facts->set("tags", tags);
    facts->set("tag_text", orNull(text.empty() ? std::nullopt : std::optional(text)));
    facts->set("library_type", orNull(library.type));
    facts->set("pool", orNull(library.pool));
    return facts;
}

void setLibraries(Poco::JSON::Object& facts, const std::vector<const Library*>& libraries)
{
    Poco::JSON::Array::Ptr all = new Poco::JSON::Array;
    Poco::JSON::Array::Ptr first = new Poco::JSON::Array;
    std::set<std::string> samples;
    for (const Library* library : libraries) {
        const auto entry = libraryFacts(*library);
        all->add(entry);
        if (first->size() < kNamed) {
            first->add(entry);
        }
        samples.insert(library->sampleId);
    }
    const std::size_t more = libraries.size() - first->size();
    facts.set("library_count", std::to_string(libraries.size()));
    facts.set("one_library", libraries.size() == 1);
    facts.set("sample_count", std::to_string(samples.size()));
    facts.set("one_sample", samples.size() == 1);
    facts.set("first_libraries", first);
    facts.set("libraries", all);
    facts.set("shown_count", std::to_string(first->size()));
    facts.set("more_libraries", more > 0);
    facts.set("more_count", std::to_string(more));
}

std::string percentEncoded(std::string_view text)
{
    constexpr std::string_view kPlain =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
    constexpr std::string_view kHex = "0123456789ABCDEF";
    std::string result;
    for (const char character : text) {
        const auto octet = static_cast<unsigned char>(character);
        if (kPlain.find(character) != std::string_view::npos) {
            result += character;
        } else {
            result.append({'%', kHex[octet >> 4], kHex[octet & 0xF]});
        }
    }
    return result;
}

std::optional<std::string> pageOf(const SiteFacts& site, const std::string& run)
{
    return site.runUrl ? std::optional(*site.runUrl + "/" + run) : std::nullopt;
}

void setOutcome(Poco::JSON::Object& facts, const QcState& state)
{
    const bool passed = state.outcome == true;
    const bool failed = state.outcome == false;
    facts.set("qc_state", state.state);
    facts.set("outcome", passed ? "pass" : failed ? "fail" : "undecided");
    facts.set("passed", passed);
    facts.set("failed", failed);
    facts.set("undecided", !passed && !failed);
    facts.set("qc_type", orNull(state.type));
    facts.set("qc_date", orNull(state.date));
}

} // namespace

std::vector<StudyShare> studiesOf(const Well& well)
{
    std::vector<StudyShare> result;
    for (const Library& library : well.libraries) {
        auto found = std::find_if(result.begin(), result.end(), [&](const StudyShare& study) {
            return study.id == library.studyId;
        });
        if (found == result.end()) {
            found = result.insert(result.end(), {library.studyId, library.studyName, {}});
        }
        found->libraries.push_back(&library);
    }
    return result;
}

Poco::JSON::Object wellFacts(const QcState& state, const Well& well, const StudyShare& study,
                             const SiteFacts& site)
{
    Poco::JSON::Object facts;
    facts.set("study_id", study.id);
    facts.set("study_name", study.name);
    facts.set("run", well.run);
    facts.set("well", well.label);
    facts.set("plate", orNull(well.plate));
    facts.set("instrument", orNull(well.instrument));
    facts.set("instrument_type", orNull(well.instrumentType));
    facts.set("completed", orNull(well.completed));
    facts.set("product", state.product);
    setOutcome(facts, state);
    setLibraries(facts, study.libraries);
    facts.set("run_page", orNull(pageOf(site, well.run)));
    facts.set("run_link", orNull(pageOf(site, percentEncoded(well.run))));
    facts.set("manual_url", orNull(site.manualUrl));
    facts.set("mail_domain", orNull(site.mailDomain));
    return facts;
}

} // namespace notifyhost::pacbio
