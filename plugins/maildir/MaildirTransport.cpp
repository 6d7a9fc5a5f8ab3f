#include "Maildir.h"

#include <notifyhost/Mime.h>
#include <notifyhost/Plugin.h>

#include <optional>
#include <stdexcept>
#include <system_error>

namespace {

using namespace notifyhost;

/// So much of the delivery key stands in a file's name, and in the Message-ID.
constexpr std::size_t kKeyDigits = 32;

/// The same for every attempt of a delivery, whichever run makes it.
std::string nameFor(const std::string& deliveryKey)
{
    if (deliveryKey.size() < kKeyDigits ||
        deliveryKey.find_first_not_of("0123456789abcdef") != std::string::npos)
    {
        throw std::invalid_argument("the delivery key '" + deliveryKey +
                                    "' is not one of lower-case hexadecimal digits");
    }
    std::string name(deliveryKey, 0, kKeyDigits);
    name += ".notifyhost";
    return name;
}

Outcome notWritten(const std::exception& error)
{
    return {Verdict::tryAgain, 0, error.what(), {}, {}, Scope::service};
}

Outcome notAllowed()
{
    return {Verdict::tryAgain, 0, "stopped before the mail was put into new"};
}

/// Writes mails into a Maildir: for demonstrations, staging and tests. A mail has LF line ends, as
/// local mailboxes do, and lies there once per delivery: one that a crash hid from the ledger is
/// found again by its name.
class MaildirTransport : public Transport {
public:
    std::vector<Setting> settings() const override
    {
        return {
            {"path", Kind::path, "", "the Maildir: a folder that gets tmp, new and cur",
             Need::required},
            {"from", Kind::mailbox, "", "the sender: Name <local@domain>", Need::required},
            {"reply_to", Kind::mailbox, "", "where answers go, if not to the sender"},
        };
    }

    std::vector<Problem> configure(const Settings& settings, Services&) override
    {
        std::vector<Problem> problems;
        _maildir = Maildir(settings.text("path"));
        if (const auto obstacle = _maildir->obstacle(); !obstacle.empty()) {
            problems.push_back({"path", "no Maildir can be there: " + obstacle});
        }
        _replyTo = settings.text("reply_to");
        try {
            _from = parseMailbox(settings.text("from"));
        } catch (const std::invalid_argument& error) {
            problems.push_back({"from", error.what()});
        }
        try {
            if (!_replyTo.empty()) {
                parseMailbox(_replyTo);
            }
        } catch (const std::invalid_argument& error) {
            problems.push_back({"reply_to", error.what()});
        }
        return problems;
    }

    Bytes encode(const Message& message) const override
    {
        Bytes bytes = encodeMail(message, _from, _replyTo);
        std::erase(bytes, '\r');
        return bytes;
    }

    Outcome deliver(const Bytes& bytes, const Envelope& envelope, DeliveryContext& context) override
    {
        const std::string name = nameFor(envelope.deliveryKey);
        bool committed = false;
        const auto commit = [&] { return committed = context.commit(); };
        try {
            const auto box = _maildir->open();
            if (const auto earlier = box.find(name)) {
                return confirm(box, *earlier, commit);
            }
            context.stage("write", _maildir->root().string());
            if (!box.store(name, bytes, commit)) {
                return notAllowed();
            }
            return {Verdict::delivered, 0, "written to " + _maildir->placeFor(name).string()};
        } catch (const FileRefusal& refusal) {
            return notWritten(refusal);
        } catch (const std::system_error& error) {
            return committed ? afterCommit(name, error) : notWritten(error);
        }
    }

    Outcome probe(const Envelope&, DeliveryContext& context) override
    {
        context.stage("look", _maildir->root().string());
        try {
            return {Verdict::delivered, 0, _maildir->look()};
        } catch (const std::exception& error) {
            return notWritten(error);
        }
    }

private:
    /// A mail of this delivery is there already: an earlier attempt ended before it was recorded.
    static Outcome confirm(const Maildir::Box& box, const std::filesystem::path& earlier,
                           const std::function<bool()>& commit)
    {
        if (!commit()) {
            return notAllowed();
        }
        box.sync();
        return {Verdict::delivered, 0,
                "there since an earlier attempt, not written again: " + earlier.string()};
    }

    /// The mail may have got its place all the same; then the next attempt finds it.
    Outcome afterCommit(const std::string& name, const std::system_error& error)
    {
        std::error_code ignored;
        if (std::filesystem::exists(_maildir->placeFor(name), ignored)) {
            return {Verdict::unknown, 0, error.what()};
        }
        return notWritten(error);
    }

    std::optional<Maildir> _maildir;
    Mailbox _from;
    std::string _replyTo;
};

} // namespace

NOTIFYHOST_TRANSPORT(MaildirTransport, "maildir", "1.0", "Mails as files in a Maildir",
                     "Apache-2.0")
