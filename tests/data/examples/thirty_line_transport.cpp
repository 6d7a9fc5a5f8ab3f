#include <notifyhost/DurableFile.h> // A complete transport: it appends messages to a file.
#include <notifyhost/Plugin.h>
using namespace notifyhost;
namespace {
struct FileTransport : Transport {
    std::vector<Setting> settings() const override
    {
        return {{"file", Kind::path, "", "where messages are appended", Need::required}};
    }
    std::vector<Problem> configure(const Settings& settings, Services&) override
    {
        _file = settings.text("file");
        return {};
    }
    Addressing addressing() const override { return Addressing::channel; }
    Bytes encode(const Message& m) const override { return m.subject + "\n" + m.text + "\n"; }
    Outcome deliver(const Bytes& bytes, const Envelope&, DeliveryContext& context) override
    try {
        if (!context.commit())
            return {Verdict::tryAgain, 0, "stopped before anything was written"};
        appendDurably(_file, bytes);
        return {Verdict::delivered, 0, "appended to " + _file};
    } catch (const std::system_error& error) { // A part of it may be in the file.
        return {Verdict::unknown, 0, error.what()};
    }
    std::string _file;
};
} // namespace
NOTIFYHOST_TRANSPORT(FileTransport, "thirty_line_transport", "1.0", "A file", "Apache-2.0")
