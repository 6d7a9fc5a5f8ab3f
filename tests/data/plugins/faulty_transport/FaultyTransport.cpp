#include <notifyhost/Plugin.h>

#include <cstdlib>
#include <stdexcept>
#include <string_view>

using namespace notifyhost;

namespace {

/// Throws in the call that FAULTY_TRANSPORT names; its "from" is no mail address.
class FaultyTransport : public Transport {
public:
    FaultyTransport() { maybeThrow("constructor"); }

    std::vector<Setting> settings() const override
    {
        maybeThrow("settings");
        return {{"from", Kind::text, "the robot", "a name"}};
    }

    std::vector<Problem> configure(const Settings&, Services&) override
    {
        maybeThrow("configure");
        return {};
    }

    Addressing addressing() const override
    {
        maybeThrow("addressing");
        return Addressing::addressed;
    }

    Bytes encode(const Message& message) const override
    {
        maybeThrow("encode");
        return message.text;
    }

    Outcome deliver(const Bytes&, const Envelope&, DeliveryContext& context) override
    {
        maybeThrow("deliver");
        Outcome outcome;
        outcome.verdict = context.commit() ? Verdict::delivered : Verdict::tryAgain;
        return outcome;
    }

private:
    static void maybeThrow(std::string_view call)
    {
        const char* wanted = std::getenv("FAULTY_TRANSPORT");
        if (wanted != nullptr && wanted == call) {
            throw std::runtime_error("an odd state");
        }
    }
};

} // namespace

NOTIFYHOST_TRANSPORT(FaultyTransport, "faulty_transport", "1.0", "Throws where it is told to",
                     "Apache-2.0")
