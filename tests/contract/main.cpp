#include <gtest/gtest.h>

#include <iostream>

namespace {

constexpr const char* kHelp =
    "Checks that a porch server keeps to the REST contract that notifyhost relies on.\n"
    "\n"
    "  PORCH_URL          the server, such as https://porch.example.org/\n"
    "  PORCH_ADMIN_TOKEN  an administrator's token of it\n"
    "  PORCH_CA_FILE      certificates to trust beside the system's (PEM), if needed\n"
    "\n"
    "Without PORCH_URL it starts miniporch on a free port, once as each generation.\n"
    "\n"
    "Each test creates pipelines of its own, named notifyhost-contract- and 16 random digits, "
    "with\n"
    "a few tasks and tokens. porch has no way to remove them: use a server for trials. Nothing of\n"
    "other pipelines is touched, and no two requests are under way at one time.\n"
    "\n";

} // namespace

int main(int count, char** words)
{
    for (int index = 1; index < count; ++index) {
        if (std::string(words[index]) == "--help") {
            std::cout << kHelp;
        }
    }
    testing::InitGoogleTest(&count, words);
    return RUN_ALL_TESTS();
}
