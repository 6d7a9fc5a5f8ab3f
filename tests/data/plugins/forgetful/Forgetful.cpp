#include <notifyhost/Plugin.h>

using namespace notifyhost;

namespace {

/// Reads a setting that its table does not hold.
class Forgetful : public Transport {
public:
    std::vector<Setting> settings() const override { return {}; }
    std::vector<Problem> configure(const Settings& settings, Services&) override
    {
        static_cast<void>(settings.text("colour"));
        return {};
    }
    Bytes encode(const Message& message) const override { return message.text; }
    Outcome deliver(const Bytes&, const Envelope&, DeliveryContext&) override { return {}; }
};

} // namespace

NOTIFYHOST_TRANSPORT(Forgetful, "forgetful", "1.0", "Reads what is not in its table", "Apache-2.0")
