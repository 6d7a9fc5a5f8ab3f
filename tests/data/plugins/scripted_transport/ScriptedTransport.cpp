#include <notifyhost/DurableFile.h>
#include <notifyhost/Plugin.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

using namespace notifyhost;

namespace {

/// Writes a line "address deliveryKey hash" per accepted recipient to a file. What else happens
/// hangs on the address: later@, wish@ (later, in two hours), never@, doubt@ (arrived, the link
/// broke), gone@ (did not arrive, the link broke), down@, login@, throw@, odd@ (throws what is no
/// exception), rude@ (does not ask), break@ (throws after the commit point), die@ (ends the process
/// before it asks) and crash@ (ends it after the commit point, with the line written). The first
/// to slow@ or slowdoubt@ makes a file `peer.sending` beside the record at the commit point, and
/// its answer comes when `peer.answers` lies there too; with late@ `peer.waits` lies there before
/// it asks, which it does when `peer.asks` lies there.
class ScriptedTransport : public Transport {
public:
    std::vector<Setting> settings() const override
    {
        return {{"file", Kind::path, "", "where accepted deliveries are noted", Need::required},
                {"mended", Kind::path, "", "while this file exists, all is well"}};
    }

    std::vector<Problem> configure(const Settings& settings, Services& services) override
    {
        _services = &services;
        _file = settings.text("file");
        _mended = settings.text("mended");
        return {};
    }

    Bytes encode(const Message& message) const override
    {
        return message.id + "|" +
               std::to_string(message.date.time_since_epoch() / std::chrono::seconds{1}) + "|" +
               message.subject + "|" + message.text;
    }

    Outcome deliver(const Bytes& bytes, const Envelope& envelope, DeliveryContext& context) override
    {
        Outcome outcome;
        outcome.verdict = Verdict::delivered;
        outcome.reason = "noted";
        bool asked = false;
        for (const auto& address : envelope.recipients) {
            _services->log().write(Level::info, "greeting for " + address);
            const auto one = decide(address);
            if (one.scope == Scope::service) {
                return one;
            }
            if (one.retryAfter) {
                outcome.retryAfter = one.retryAfter;
            }
            if (one.verdict == Verdict::tryAgain || one.verdict == Verdict::refused) {
                outcome.perRecipient.push_back({address, one.verdict, one.code, one.reason});
                continue;
            }
            if (address.starts_with("late@")) {
                std::ofstream(beside("peer.waits"));
                awaitFile("peer.asks");
            }
            if (!asked && !address.starts_with("rude@") && !context.commit()) {
                return {Verdict::tryAgain, 0, "commit() said no"};
            }
            asked = true;
            if (address.starts_with("slow") && !std::filesystem::exists(beside("peer.sending"))) {
                std::ofstream(beside("peer.sending"));
                awaitFile("peer.answers");
            }
            if (!isMended() && address.starts_with("break@")) {
                throw std::runtime_error("the script throws late");
            }
            if (isMended() || !address.starts_with("gone@")) {
                note(address, envelope.deliveryKey, bytes);
            }
            if (!isMended() && address.starts_with("crash@")) {
                std::raise(SIGKILL);
            }
            if (one.verdict == Verdict::unknown) {
                outcome.perRecipient.push_back({address, one.verdict, 0, "the link broke"});
            }
        }
        return outcome;
    }

private:
    std::filesystem::path beside(const std::string& name) const
    {
        return std::filesystem::path(_file).replace_filename(name);
    }

    /// Not for ever: a test that goes wrong ends too.
    void awaitFile(const std::string& name) const
    {
        constexpr int kLooks = 1000;
        for (int look = 0; look < kLooks && !std::filesystem::exists(beside(name)); ++look) {
            std::this_thread::sleep_for(std::chrono::milliseconds{10});
        }
    }

    bool isMended() const { return !_mended.empty() && std::filesystem::exists(_mended); }

    Outcome decide(const std::string& address) const
    {
        auto name = isMended() ? "" : address.substr(0, address.find('@'));
        // A file beside the record may say what becomes of all: later or never.
        std::ifstream all(beside("peer.refuses"));
        all >> name;
        if (name == "later") {
            return {Verdict::tryAgain, 451, "try later"};
        }
        if (name == "wish") {
            return {Verdict::tryAgain, 451, "try in two hours", std::chrono::hours{2}};
        }
        if (name == "die") {
            std::raise(SIGKILL);
        }
        if (name == "odd") {
            throw 42;
        }
        if (name == "never") {
            return {Verdict::refused, 550, "no such user"};
        }
        if (name == "doubt" || name == "slowdoubt" || name == "gone") {
            return {Verdict::unknown, 0, "the link broke"};
        }
        if (name == "down" || name == "login") {
            Outcome outcome{Verdict::tryAgain, name == "down" ? 421 : 535, "the peer is down"};
            outcome.scope = Scope::service;
            outcome.credentials = name == "login";
            return outcome;
        }
        if (name == "throw") {
            throw std::runtime_error("the script throws");
        }
        return {Verdict::delivered, 250, "noted"};
    }

    void note(const std::string& address, const std::string& key, const Bytes& bytes) const
    {
        appendDurably(_file, address + " " + key + " " +
                                 std::to_string(std::hash<std::string>{}(bytes)) + "\n");
    }

    Services* _services{};
    std::string _file;
    std::string _mended;
};

} // namespace

NOTIFYHOST_TRANSPORT(ScriptedTransport, "scripted_transport", "1.0", "Does what addresses say",
                     "Apache-2.0")
