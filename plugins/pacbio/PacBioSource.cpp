#include "LangQc.h"
#include "QcState.h"
#include "Shown.h"
#include "WellFacts.h"

#include <notifyhost/IsoTime.h>
#include <notifyhost/Plugin.h>

#include <Poco/Exception.h>
#include <Poco/String.h>

#include <map>
#include <optional>
#include <utility>

namespace {

using namespace notifyhost::pacbio;
using notifyhost::ComposeFailure;
using notifyhost::ComposeSink;
using notifyhost::Kind;
using notifyhost::Need;
using notifyhost::Problem;
using notifyhost::Secrecy;
using notifyhost::Setting;
using notifyhost::StudyContacts;

constexpr const char* kUrl = "langqc_url";
constexpr const char* kRecent = "recent_path";
constexpr const char* kLibraries = "libraries_path";
constexpr const char* kRun = "run_path";
constexpr const char* kManual = "manual_url";
constexpr const char* kDomain = "mail_domain";
constexpr const char* kTimeout = "timeout_seconds";

Setting path(const char* name, const char* fallback, const char* help, const char* alias)
{
    return {name, Kind::text, fallback, help, Need::optional, Secrecy::open, {alias}};
}

/// Why the contacts of a study are not to be had; empty where they are.
std::string contactsFault(const StudyContacts& contacts)
{
    if (contacts.found == StudyContacts::Found::known) {
        return {};
    }
    if (contacts.found == StudyContacts::Found::unknown) {
        return "study " + shownText(contacts.study) + " is not in the warehouse (yet)";
    }
    std::string lims;
    for (const std::string& each : contacts.lims) {
        lims += (lims.empty() ? "" : " and ") + each;
    }
    return "study number " + contacts.study + " is used by several LIMS (" + lims +
           "): nobody can say whose contacts are meant until the warehouse has one of them only";
}

std::optional<std::string> given(const notifyhost::Settings& settings, const char* name)
{
    std::string text = settings.text(name);
    return text.empty() ? std::nullopt : std::optional(std::move(text));
}

/// What is wrong with a URL made of two settings; empty: nothing.
std::string urlProblem(const std::string& base, const std::string& path)
{
    if (path.empty()) {
        return "is empty; leave the key out for the usual path";
    }
    try {
        const std::string url = joinUrl(base, path);
        if (!url.starts_with("http://") && !url.starts_with("https://")) {
            return "does not give an http or https URL together with langqc_url";
        }
    } catch (const Poco::Exception&) {
        return "is not the path of a URL";
    }
    return {};
}

/// Wells that were judged in LangQC: told to the contacts of each study that has samples in them.
class PacBioSource : public notifyhost::EventSource {
public:
    std::vector<Setting> settings() const override
    {
        Setting timeout{kTimeout, Kind::seconds, "60", "limit for one answer of LangQC"};
        timeout.minimum = 1;
        timeout.maximum = 3600;
        return {{kUrl,
                 Kind::url,
                 "",
                 "where LangQC is; the paths are put after it as links are, so a path of its own "
                 "needs a / at the end",
                 Need::required,
                 Secrecy::open,
                 {"[LANGQC] api_url"}},
                path(kRecent, "api/products/qc?weeks=4&final=yes&seq_level=yes",
                     "path of recent QC states; weeks, final and seq_level say which",
                     "[LANGQC] recently_qced_path"),
                path(kLibraries, "api/pacbio/wells/[product_id]/libraries",
                     "path of a well's libraries; the word in square brackets is replaced by the "
                     "product's id",
                     "[LANGQC] pac_bio_well_libraries_path"),
                path(kRun, "ui/run", "path of the pages of runs, for links",
                     "[LANGQC] pac_bio_run_iu_path"),
                {kManual,
                 Kind::url,
                 "",
                 "page that says how to get data out of iRODS, for links",
                 Need::optional,
                 Secrecy::open,
                 {"[IRODS] user_manual_url"}},
                path(kDomain, "", "domain of the site's mail addresses, a fact for templates",
                     "[MAIL] domain"),
                timeout};
    }

    std::vector<Problem> configure(const notifyhost::Settings& settings,
                                   notifyhost::Services& services) override
    {
        _services = &services;
        _places = {settings.text(kUrl), settings.text(kRecent), settings.text(kLibraries),
                   settings.text(kRun), settings.seconds(kTimeout)};
        _site.manualUrl = given(settings, kManual);
        _site.mailDomain = given(settings, kDomain);
        std::vector<Problem> problems;
        for (const char* name : {kRecent, kLibraries, kRun}) {
            std::string problem = urlProblem(_places.base, settings.text(name));
            if (!problem.empty()) {
                problems.push_back({name, std::move(problem)});
            }
        }
        if (!_places.librariesPath.empty() && !hasProductPlace(_places.librariesPath)) {
            problems.push_back({kLibraries, "has no word in square brackets, such as [product_id], "
                                            "where the product's id is to go"});
        }
        if (problems.empty()) {
            _site.runUrl = _places.runUrl();
        }
        return problems;
    }

    std::vector<notifyhost::Example> examples() const override { return exampleFacts(); }

    void discover(notifyhost::DiscoverContext& context, notifyhost::DiscoverSink& sink) override
    {
        const std::string answer = langQc().recent();
        const auto read = readRecentStates(answer);
        for (const RecentState& each : std::get<std::vector<RecentState>>(read)) {
            if (context.cancelled()) {
                return;
            }
            const std::string origin = "product " + shownText(each.product);
            if (each.fault.empty()) {
                sink.add({std::string(each.json), origin, std::nullopt});
            } else {
                sink.bad(origin, each.fault);
            }
        }
    }

    void compose(const notifyhost::Task& task, ComposeSink& sink) override
    {
        const auto read = readQcState(task.inputText);
        if (const auto* fault = std::get_if<std::string>(&read)) {
            sink.failed("", ComposeFailure::refused,
                        "this task is not one of a PacBio well: " + *fault);
            return;
        }
        const auto& state = std::get<QcState>(read);
        const auto answer = langQc().well(state.product);
        if (const auto* fault = std::get_if<std::string>(&answer)) {
            sink.failed("", ComposeFailure::tryAgain, "product " + state.product + ": " + *fault);
            return;
        }
        composeWell(state, std::get<Well>(answer), sink);
    }

private:
    LangQc langQc() { return {_places, _services->http(), _services->clock()}; }

    void composeWell(const QcState& state, const Well& well, ComposeSink& sink)
    {
        const std::vector<StudyShare> studies = studiesOf(well);
        std::vector<std::string> wanted;
        for (const StudyShare& study : studies) {
            if (sink.wanted(study.id)) {
                wanted.push_back(study.id);
            }
        }
        std::map<std::string, StudyContacts> contacts;
        if (!wanted.empty()) {
            for (StudyContacts& each : _services->warehouse().contacts(wanted)) {
                std::string number = each.study;
                contacts.emplace(std::move(number), std::move(each));
            }
        }
        for (const StudyShare& study : studies) {
            const auto found = contacts.find(study.id);
            if (found == contacts.end()) {
                // Frozen by an earlier attempt: what it says is not looked at.
                sink.notify({study.id, {}, Poco::JSON::Object()});
                continue;
            }
            tell(state, well, study, found->second, sink);
        }
    }

    void tell(const QcState& state, const Well& well, const StudyShare& study,
              const StudyContacts& contacts, ComposeSink& sink)
    {
        const std::string fault = contactsFault(contacts);
        if (fault.empty()) {
            sink.notify({study.id, contacts.addresses, wellFacts(state, well, study, _site),
                         "product " + Poco::toLower(state.product) + ", study " + study.id,
                         state.date ? notifyhost::readIsoTime(*state.date) : std::nullopt});
        } else {
            sink.failed(study.id, ComposeFailure::tryAgain,
                        "product " + state.product + ", run " + shownText(well.run) + ", well " +
                            shownText(well.label) + ": " + fault);
        }
    }

    notifyhost::Services* _services{};
    LangQcPlaces _places;
    SiteFacts _site;
};

} // namespace

NOTIFYHOST_SOURCE(PacBioSource, "pacbio", "1.0", "PacBio wells that were judged in LangQC",
                  "Apache-2.0")
