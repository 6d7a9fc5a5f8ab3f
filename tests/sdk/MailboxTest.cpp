#include <notifyhost/Mime.h>

#include <gmock/gmock.h>

#include <stdexcept>

namespace notifyhost::test {
namespace {

using testing::HasSubstr;

struct Reading {
    const char* text;
    const char* name;
    const char* address;
};

TEST(Mailbox, IsReadFromAllItsForms)
{
    for (const auto& [text, name, address] : {
             Reading{"ada@example.org", "", "ada@example.org"},
             Reading{"  ada@example.org ", "", "ada@example.org"},
             Reading{"<ada@example.org>", "", "ada@example.org"},
             Reading{"Ada <ada@example.org>", "Ada", "ada@example.org"},
             Reading{"Ada King<ada@example.org>", "Ada King", "ada@example.org"},
             Reading{"Dr. A. King (Lab 3) <ada@example.org>", "Dr. A. King (Lab 3)",
                     "ada@example.org"},
             Reading{"\"King, Ada\" <ada@example.org>", "King, Ada", "ada@example.org"},
             Reading{R"("A \"B\" \\ C" <ada@example.org>)", R"(A "B" \ C)", "ada@example.org"},
             Reading{"\"a <b@c> d\" <ada@example.org>", "a <b@c> d", "ada@example.org"},
             Reading{"\"\" <ada@example.org>", "", "ada@example.org"},
             Reading{"Žofia 🧬 <žofia@příklad.example>", "Žofia 🧬",
                     "žofia@příklad.example"},
             Reading{"\"a b\"@example.org", "", "\"a b\"@example.org"},
             Reading{"a.b+c=d/e'f@[127.0.0.1]", "", "a.b+c=d/e'f@[127.0.0.1]"},
         })
    {
        const Mailbox mailbox = parseMailbox(text);
        EXPECT_EQ(mailbox.name, name) << text;
        EXPECT_EQ(mailbox.address, address) << text;
    }
}

TEST(Mailbox, IsRefusedWhereItIsNotOneAddress)
{
    for (const char* text : {"",
                             " ",
                             "<>",
                             "ada",
                             "Ada <ada>",
                             "ada@example.org>",
                             "<ada@example.org",
                             "ada@",
                             "@b",
                             "a@b, c@d",
                             "a@b c@d",
                             "a@b; c@d",
                             "a@b <c@d>",
                             "a@b, C <c@d>",
                             "A <a@b> <c@d>",
                             "A <a@b>, C <c@d>",
                             "King, Ada <a@b>",
                             "Group: a@b;",
                             "Group: <a@b>",
                             "<@route:a@b>",
                             "\"Ada <a@b>",
                             "\"Ada\" x <a@b>",
                             "\"Ada\" a@b",
                             "\"A\" <a@b> \"C\" <c@d>",
                             "a@b (c)",
                             "a b@c"})
    {
        EXPECT_THROW(parseMailbox(text), std::invalid_argument) << text;
    }
}

TEST(Mailbox, IsRefusedWithControlCharactersOrWithoutUtf8)
{
    for (const std::string evil : {"\r", "\n", "\r\n", "\t", "\x7F", "\x1B", "\xFF", "\xC0\x8A"}) {
        for (const std::string& text : {"A" + evil + " <a@b>", "\"A" + evil + "\" <a@b>",
                                        "a" + evil + "@b", "a@b" + evil, evil + "a@b"})
        {
            EXPECT_THROW(parseMailbox(text), std::invalid_argument) << text;
        }
    }
    EXPECT_THROW(parseMailbox(std::string("A\0 <a@b>", 8)), std::invalid_argument);
}

TEST(Mailbox, SaysWhatIsWrong)
{
    const auto said = [](const char* text) -> std::string {
        try {
            parseMailbox(text);
            return "";
        } catch (const std::invalid_argument& error) {
            return error.what();
        }
    };
    EXPECT_EQ(said("ada"), "mailbox is not one mail address (local@domain): 'ada'");
    EXPECT_EQ(said("a\r\nb@c"), "mailbox holds a carriage return at offset 1, which a mail header "
                                "must not: 'a\\x0D\\x0Ab@c'");
    EXPECT_THAT(said("King, Ada <a@b>"), HasSubstr("must stand in quotes"));
    EXPECT_THAT(said("\"Ada <a@b>"), HasSubstr("closing quote is missing"));
}

} // namespace
} // namespace notifyhost::test
