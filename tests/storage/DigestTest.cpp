#include "storage/Digest.h"

#include <gtest/gtest.h>

namespace notifyhost::test {
namespace {

// Worked examples: FIPS 180-4, and for the others `printf … | sha256sum`.
TEST(Digest, IsSha256InSmallHexDigits)
{
    EXPECT_EQ(storage::sha256Hex(""),
              "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(storage::sha256Hex("abc"),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(storage::sha256Hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    EXPECT_EQ(storage::sha256Hex(std::string(1'000'000, 'a')),
              "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Digest, TakesEveryOctet)
{
    // printf 'a\0b' | sha256sum; printf '\377' | sha256sum
    EXPECT_EQ(storage::sha256Hex(std::string_view("a\0b", 3)),
              "59b271ae1bbcb1d31d41929817f4b16fb439eb4f31520b5ad1d5ce98920a7138");
    EXPECT_EQ(storage::sha256Hex("\xff"),
              "a8100ae6aa1940d0b663bb31cd466142ebbdbd5187131b92d93818987832eb89");
}

} // namespace
} // namespace notifyhost::test
