#include <notifyhost/Plugin.h>

using namespace notifyhost;

extern "C" int notifyhostTestFunctionThatNobodyDefines();

namespace {

class Unresolved : public Transport {
public:
    std::vector<Setting> settings() const override { return {}; }
    std::vector<Problem> configure(const Settings&, Services&) override { return {}; }
    Bytes encode(const Message& message) const override { return message.text; }
    Outcome deliver(const Bytes&, const Envelope&, DeliveryContext&) override
    {
        return {Verdict::refused, notifyhostTestFunctionThatNobodyDefines(), ""};
    }
};

} // namespace

NOTIFYHOST_TRANSPORT(Unresolved, "unresolved", "1.0", "Calls a function nobody has", "Apache-2.0")
