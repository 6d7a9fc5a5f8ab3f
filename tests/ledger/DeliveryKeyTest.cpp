#include "ledger/DeliveryKey.h"

#include <gtest/gtest.h>

namespace notifyhost::test {
namespace {

using ledger::deliveryKey;
using ledger::messageId;

constexpr const char* kTask = "80ec93d2f3e406703bd04b8242b1532417bafab93fcd3f27e3c3f466555a4b5c";

// The keys were computed by another program, keys.py PART PART PART PART PART:
//   import hashlib, sys
//   parts = [part.encode() for part in sys.argv[1:]]
//   print(hashlib.sha256(b"".join(b"%d:%s" % (len(p), p) for p in parts)).hexdigest())

TEST(DeliveryKey, IsTheDigestOfFivePartsEachWithItsLength)
{
    EXPECT_EQ(deliveryKey({"ont-event-email", kTask, "run", "ada.marsh@example.org", "mail"}),
              "39e38ea1d814e966c481f3fd4e3c471c974aeae6bc48e28c080462c934173a3b");
    EXPECT_EQ(deliveryKey({"qc-mails", kTask, "7102", "", "mail"}),
              "e69f0487cad67189ccea643f2307517476e1b9dca5253a60c080bf9941c89a57");
    EXPECT_EQ(deliveryKey({"", "", "", "", ""}),
              "fabc833872435cea3f0863489221d2c8681ee3205369a021ae97d0e5b841cfb3");
}

TEST(DeliveryKey, CountsOctetsNotCharacters)
{
    EXPECT_EQ(deliveryKey({"ont-event-email", kTask, "run", "Ærø@example.org", "mail"}),
              "51653e14dbf3f81e1b8a6cdbdb2a08819cce1d28a72d7f41562b0828df6f1c77");
}

TEST(DeliveryKey, DiffersWhereAnyPartDiffers)
{
    const auto key = deliveryKey({"a", "b", "c", "d", "e"});
    EXPECT_NE(deliveryKey({"A", "b", "c", "d", "e"}), key);
    EXPECT_NE(deliveryKey({"a", "B", "c", "d", "e"}), key);
    EXPECT_NE(deliveryKey({"a", "b", "C", "d", "e"}), key);
    EXPECT_NE(deliveryKey({"a", "b", "c", "D", "e"}), key);
    EXPECT_NE(deliveryKey({"a", "b", "c", "d", "E"}), key);
    EXPECT_NE(deliveryKey({"ab", "", "c", "d", "e"}), key);
    EXPECT_NE(deliveryKey({"a", "1:b", "c", "d", "e"}), deliveryKey({"a1:", "b", "c", "d", "e"}));
}

TEST(MessageId, IsTheKeysFirstHalfAtTheDomain)
{
    EXPECT_EQ(messageId("0123456789abcdef0123456789abcdeffedcba9876543210fedcba9876543210",
                        "example.org"),
              "0123456789abcdef0123456789abcdef@example.org");
}

} // namespace
} // namespace notifyhost::test
