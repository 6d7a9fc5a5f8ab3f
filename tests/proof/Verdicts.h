#pragma once

#include "proof/ProofSite.h"
#include "support/LangQcStandIn.h"

#include <cstdio>
#include <stdexcept>
#include <string>

namespace notifyhost::test {

/// One well that is judged again and again, each time later and in a task of its own.
class Verdicts {
public:
    std::string url() const { return _langQc.url(); }

    /// What the subject of a mail begins with that tells the numbered verdict; later ones come
    /// later in the order of dates().
    static std::string subject(int number) { return outcome(number) + " " + date(number); }

    /// "2026-03-01T05:00:00", an hour for each number.
    static std::string date(int number)
    {
        char text[64];
        std::snprintf(text, sizeof text, "2026-%02d-%02dT%02d:00:00", 1 + number / (24 * 28),
                      1 + number / 24 % 28, number % 24);
        return text;
    }

    /// The date in a mail's subject.
    static std::string dateIn(const std::string& subject) { return subject.substr(5, 19); }

    /// LangQC gives the numbered verdict, and the site hears of it.
    void judge(const ProofSite& site, int number)
    {
        const bool passed = outcome(number) == "pass";
        _langQc.answer("products/qc",
                       answer(200, R"({")" + product::kOneLibrary + R"(":[{"qc_state":")" +
                                       (passed ? "Passed" : "Failed, SMRT cell") +
                                       R"(","is_preliminary":false,"outcome":)" +
                                       (passed ? "true" : "false") + R"(,"id_product":")" +
                                       product::kOneLibrary +
                                       R"(","qc_type":"sequencing","date_updated":")" +
                                       date(number) + "\"}]}"));
        const auto added = site.operate({"add", "wells"});
        if (added.status != 0) {
            throw std::runtime_error("adding a verdict: " + added.error);
        }
    }

private:
    static std::string outcome(int number) { return number % 2 == 0 ? "pass" : "fail"; }

    LangQcStandIn _langQc;
};

} // namespace notifyhost::test
