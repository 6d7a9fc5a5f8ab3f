#include "acceptance/Site.h"

#include "json/Json.h"

#include <algorithm>
#include <sstream>

namespace notifyhost::test {

namespace {

/// Prints every mail of a folder as one JSON line, read with Python's own email package.
constexpr const char* kReader = R"python(
import email, email.policy, json, pathlib, sys
for file in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
    part = lambda kind: message.get_body((kind,))
    content = lambda kind: part(kind).get_content() if part(kind) else ""
    print(json.dumps({"headers": {name.lower(): str(value) for name, value in message.items()},
                      "text": content("plain"), "html": content("html")}))
)python";

} // namespace

Site::Site(const std::string& extra)
{
    const auto loaded = run({"sqlite3", (_folder / "warehouse.sqlite").string()},
                            {readFile(std::string(SOURCE_ROOT) + "/conf/demo/warehouse.sql"),
                             {},
                             {},
                             std::chrono::seconds{60}});
    if (loaded.status != 0) {
        throw std::runtime_error("the sample warehouse could not be loaded: " + loaded.error);
    }
    _folder.write("notifyhost.ini", "[host]\nstate = state\n"
                                    "[PORCH]\nurl = sqlite:queue.sqlite\n"
                                    "[MySQL MLWH]\ndbfile = warehouse.sqlite\n"
                                    "[transport.mail]\nplugin = maildir\npath = mail\n"
                                    "from = Sequencing Ærø <sequencing@example.org>\n"
                                    "reply_to = help@example.org\n"
                                    "[pipeline.ont]\nporch_name = ont-event-email\n"
                                    "porch_uri = https://example.org/notifications\n"
                                    "porch_version = 1.0\nsource = ont\ntransport = mail\n" +
                                        extra);
}

ProcessResult notifyhostWith(const std::filesystem::path& configuration,
                             const std::vector<std::string>& words, const std::string& input,
                             std::chrono::seconds ahead)
{
    const std::string program =
        ahead.count() == 0 ? "/bin/notifyhost" : "/tests/notifyhost_with_test_seams";
    std::vector<std::string> command{BUILD_ROOT + program, "-c", configuration.string()};
    command.insert(command.end(), words.begin(), words.end());
    return run(command, {input,
                         {{"NOTIFYHOST_CLOCK_AHEAD_SECONDS", std::to_string(ahead.count())}},
                         {},
                         std::chrono::seconds{120}});
}

ProcessResult Site::notifyhost(const std::vector<std::string>& words, const std::string& input)
{
    return notifyhostWith(_folder / "notifyhost.ini", words, input, _ahead);
}

std::vector<ReadMail> Site::mails() const
{
    const auto box = _folder / "mail/new";
    std::vector<ReadMail> mails;
    if (!std::filesystem::exists(box)) {
        return mails;
    }
    const auto read = run({"/usr/bin/python3", "-c", kReader, box.string()});
    if (read.status != 0) {
        throw std::runtime_error("the mails could not be read: " + read.error);
    }
    std::istringstream lines(read.output);
    std::string line;
    while (std::getline(lines, line)) {
        const auto value = json::parse(line);
        ReadMail mail;
        for (const auto& [name, header] : value.find("headers")->members) {
            mail.headers[name] = header.text;
        }
        mail.text = value.find("text")->text;
        mail.html = value.find("html")->text;
        mails.push_back(std::move(mail));
    }
    std::sort(mails.begin(), mails.end(), [](const auto& one, const auto& other) {
        return std::tie(one.headers.at("to"), one.headers.at("subject")) <
               std::tie(other.headers.at("to"), other.headers.at("subject"));
    });
    return mails;
}

std::vector<std::string> sampleLines(const std::string& name)
{
    std::istringstream input(readFile(std::string(TEST_DATA) + "/" + name));
    std::vector<std::string> lines;
    std::string line;
    while (std::getline(input, line)) {
        lines.push_back(line);
    }
    return lines;
}

} // namespace notifyhost::test
