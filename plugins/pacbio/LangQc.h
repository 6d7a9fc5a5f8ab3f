#pragma once

#include "Well.h"

#include <notifyhost/Services.h>

#include <chrono>
#include <string>
#include <string_view>
#include <variant>

namespace notifyhost::pacbio {

/// Where things are in LangQC.
struct LangQcPlaces {
    std::string base;            ///< URL of the service
    std::string recentPath;      ///< of recent QC states, with its query
    std::string librariesPath;   ///< of a well; a word in square brackets stands for the product
    std::string runPath;         ///< of the page of a run, without the run's name
    std::chrono::seconds answer; ///< limit for one whole answer

    std::string recentUrl() const;
    std::string librariesUrl(std::string_view product) const;

    /// Without the name of a run and the slash before it.
    std::string runUrl() const;
};

/// A path put after a base as a browser does (RFC 3986).
/// Errors: Poco::SyntaxException where either is no URL.
std::string joinUrl(const std::string& base, const std::string& path);

/// Whether a path has a word in square brackets to put a product's id in.
bool hasProductPlace(const std::string& path);

/// Asks LangQC. Threads: one. Owner: http and clock outlive it.
class LangQc {
public:
    LangQc(LangQcPlaces places, Http& http, const Clock& clock);

    /// Its list of recent QC states: JSON whose root is an object.
    /// Errors: ServiceError naming the URL and what came instead.
    std::string recent();

    /// What it says of a well; a text where it does not know it (yet) or cannot say, for this well
    /// alone. Errors: ServiceError where LangQC as a whole is in trouble: whatever could be either
    /// is told apart by asking for the list of recent states as well.
    std::variant<Well, std::string> well(const std::string& product);

private:
    HttpResponse get(const std::string& url);

    LangQcPlaces _places;
    Http& _http;
    const Clock& _clock;
};

} // namespace notifyhost::pacbio
