#include "EmailSettings.h"
#include "SmtpAddress.h"
#include "SmtpClient.h"
#include "SmtpText.h"

#include <notifyhost/Mime.h>
#include <notifyhost/Plugin.h>
#include <notifyhost/Transport.h>

#include <algorithm>
#include <memory>
#include <optional>

namespace {

using namespace notifyhost;

/// Mail by SMTP.
class EmailTransport : public Transport {
public:
    std::vector<Setting> settings() const override { return email::emailSettingsTable(); }

    std::vector<Problem> configure(const Settings& settings, Services& services) override
    {
        std::vector<Problem> problems;
        const email::EmailSettings values = email::readEmailSettings(settings, problems);
        _from = values.from;
        _replyTo = values.replyTo;
        _client.emplace(values, services.network(), services.log());
        return problems;
    }

    Bytes encode(const Message& message) const override
    {
        // So the octets are ASCII wherever the local parts are, and need no SMTPUTF8.
        Message ascii = message;
        ascii.id = email::asciiAddress(message.id);
        for (std::string& recipient : ascii.recipients) {
            recipient = email::asciiAddress(recipient);
        }
        // One address that not every server can take must not keep a message from the others: they
        // are told by octets that any server takes, and it is told by the envelope alone.
        if (!std::all_of(ascii.recipients.begin(), ascii.recipients.end(), email::hasEightBit)) {
            std::erase_if(ascii.recipients, email::hasEightBit);
        }
        return encodeMail(ascii, _from, _replyTo);
    }

    Outcome deliver(const Bytes& bytes, const Envelope& envelope, DeliveryContext& context) override
    {
        return _client.value().deliver(bytes, envelope, context);
    }

    Outcome probe(const Envelope& envelope, DeliveryContext& context) override
    {
        return _client.value().probe(envelope, context);
    }

private:
    Mailbox _from;
    std::string _replyTo;
    std::optional<email::SmtpClient> _client;
};

} // namespace

NOTIFYHOST_TRANSPORT(EmailTransport, "email", "1.0", "Mail by SMTP", "Apache-2.0")
