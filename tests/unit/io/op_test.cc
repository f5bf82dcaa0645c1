#include "io/op.h"

#include <gtest/gtest.h>

namespace ringload::io {
namespace {

TEST(Op, PackedPartsComeBack) {
  for (const Op op : {Op::none, Op::socket, Op::receive, Op::abandon})
    for (const uint32_t slot : {0u, 1u, 65535u, 0xffff'ffffu})
      for (const uint32_t generation : {0u, 1u, 0xff'ffffu}) {
        const UserData what = unpack(pack(op, slot, generation));
        EXPECT_EQ(what.op, op);
        EXPECT_EQ(what.slot, slot);
        EXPECT_EQ(what.generation, generation);
      }
}

TEST(Op, GenerationsWrapAtTheirMask) {
  EXPECT_EQ(unpack(pack(Op::send, 7, kGenerationMask + 5)).generation, 4u);
  EXPECT_EQ(unpack(pack(Op::send, 7, kGenerationMask + 5)).op, Op::send);
}

}  // namespace
}  // namespace ringload::io
